import FoundationEssentials
import Glibc
import Testing
import ZooSystem

@testable import ZooImage

/// A folder with these empty files, and folders where a name ends in a slash, for as long as `body` runs.
private func withTree(_ files: [String], _ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-list-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  for file in files {
    let target = folder.appending(path: file)
    let isFolder = file.hasSuffix("/")
    try FileManager.default.createDirectory(
      at: isFolder ? target : target.deletingLastPathComponent(), withIntermediateDirectories: true)
    if !isFolder { try Data().write(to: target) }
  }
  try body(folder.path)
}

/// `label:path` of each item, the path relative to `folder`.
private func summary(_ list: ImageList, in folder: String) -> [String] {
  list.items.map { "\($0.label.map(String.init) ?? "-"):\($0.path.dropFirst(folder.count + 1))" }
}

@Suite("Dataset folders")
struct FolderTests {
  @Test("Classes sorted by bytes, files within; hidden and other files are passed over")
  func classes() throws {
    let files = [
      "bees/2.jpg", "bees/10.JPG", "bees/.hidden.jpg", "bees/notes.txt", "Zebras/a.webp", "Zebras/b.jpeg",
      "ähren/x.bmp", ".cache/c.png", "empty/", "bees/no-extension", "bees/jpg",
    ]
    try withTree(files) { folder in
      let list = try ImageList(folder: folder)
      #expect(list.classNames == ["Zebras", "bees", "empty", "ähren"])
      #expect(
        summary(list, in: folder) == [
          "0:Zebras/a.webp", "0:Zebras/b.jpeg", "1:bees/10.JPG", "1:bees/2.jpg", "3:ähren/x.bmp",
        ])
      #expect(list.leftOut.isEmpty)
      #expect(try ImageList(folder: folder + "/") == list)
    }
  }

  @Test("Below a class folder: a folder's own files first, folders by their whole path")
  func nestedFolders() throws {
    try withTree(["a/z.png", "a/b/1.png", "a/b/c/2.png", "a/b-b/3.png", "a/.git/4.png"]) { folder in
      let list = try ImageList(folder: folder)
      #expect(
        summary(list, in: folder) == [
          "0:a/z.png", "0:a/b/1.png", "0:a/b-b/3.png", "0:a/b/c/2.png",
        ])
    }
  }

  @Test("Pictures beside class folders are left out, and named")
  func beside() throws {
    try withTree(["a/1.png", "cover.png", "readme.md"]) { folder in
      let list = try ImageList(folder: folder)
      #expect(summary(list, in: folder) == ["0:a/1.png"])
      #expect(list.leftOut == [folder + "/cover.png"])
      #expect(list.unread.kinds.map(\.description) == ["1 text file is not read: \(folder)/readme.md"])
    }
  }

  @Test("What is not read is counted by what it is, pictures first")
  func unread() throws {
    let files = [
      "a/1.png", "a/2.psd", "a/b/3.PSD", "b/4.jp2", "a/notes.txt", "b/5.xyz", "b/none", "list.csv",
      "a/scan.0001", "a/scan.0002",
      "a/.x.psd",
    ]
    try withTree(files) { folder in
      try Data([0xFF, 0xD8, 0xFF, 0xE0]).write(to: URL(filePath: folder + "/b/6.jfif"))
      symlink("..", folder + "/b/up")
      let kinds = try ImageList(folder: folder).unread.kinds
      #expect(
        kinds.map(\.number) == [
          "2 Photoshop files", "1 JPEG 2000 file", "1 JPEG file named .jfif",
          "3 files named without an ending",
          "1 CSV file", "1 file named .xyz",
          "1 link to a folder", "1 text file",
        ])
      #expect(kinds.count { $0.arePictures } == 3)
      #expect(
        kinds[0].description
          == "2 Photoshop files are not read, such as \(folder)/a/2.psd; convert to JPEG or PNG")
      #expect(try ImageList(unlabelled: [folder]).unread.kinds.first?.count == 2)
    }
  }

  @Test("A folder of pictures that are all of other formats says so")
  func onlyOthers() throws {
    try withTree(["a/1.psd", "a/2.psd"]) { folder in
      let error = #expect(throws: FileError.self) { try ImageList(folder: folder) }
      #expect(error?.reason == "holds no picture, only 2 Photoshop files")
    }
  }

  @Test("No class folder with pictures: no labels")
  func flat() throws {
    try withTree(["2.png", "1.png", "documents/a.txt"]) { folder in
      let list = try ImageList(folder: folder)
      #expect(summary(list, in: folder) == ["-:1.png", "-:2.png"])
      #expect(list.classNames.isEmpty)
    }
  }

  @Test("Links to class folders and files are followed, loops end")
  func links() throws {
    try withTree(["a/1.png", "elsewhere/x/2.png"]) { folder in
      symlink(folder + "/elsewhere/x", folder + "/b")
      symlink("..", folder + "/a/up")
      symlink("a", folder + "/a/self")
      symlink("1.png", folder + "/a/0.png")
      symlink("gone.png", folder + "/a/dangling.png")
      let list = try ImageList(folder: folder)
      #expect(
        summary(list, in: folder) == [
          "0:a/0.png", "0:a/1.png", "0:a/dangling.png", "1:b/2.png", "2:elsewhere/x/2.png",
        ])
    }
  }

  @Test("An empty folder says what was looked for")
  func empty() throws {
    try withTree(["notes.txt", "sub/more.txt"]) { folder in
      let error = #expect(throws: FileError.self) { try ImageList(folder: folder) }
      let text = try #require(error).description
      #expect(text.hasPrefix(folder + ": holds no picture"))
      #expect(ImageList.extensions.allSatisfy { text.contains("." + $0) })
    }
  }

  @Test("A name that is not UTF-8 is an error, not a wrong path")
  func foreignName() throws {
    try withTree(["a/1.png"]) { folder in
      let name =
        Array((folder + "/a/").utf8.map(CChar.init)) + [CChar(bitPattern: 0xE4)]
        + ".png\0".utf8.map(CChar.init)
      close(open(name, O_CREAT | O_WRONLY, 0o600))
      let error = #expect(throws: FileError.self) { try ImageList(folder: folder) }
      #expect(error?.reason.contains("not UTF-8") == true)
    }
  }

  @Test("Folders and files in the order given; classes of one name are one class")
  func mixed() throws {
    try withTree(["x/bees/1.png", "x/cats/2.png", "y/ants/3.png", "y/bees/4.png", "5.png"]) { folder in
      let inputs = ["y", "5.png", "x"].map { folder + "/" + $0 }
      let list = try ImageList(inputs: inputs)
      #expect(list.classNames == ["ants", "bees", "cats"])
      #expect(
        summary(list, in: folder) == [
          "0:y/ants/3.png", "1:y/bees/4.png", "-:5.png", "1:x/bees/1.png", "2:x/cats/2.png",
        ])
      #expect(throws: FileError.self) { try ImageList(inputs: [folder + "/nothing"]) }
    }
  }

  @Test("Files keep their order and have no labels")
  func files() {
    let list = ImageList(files: ["b.png", "a.png"])
    #expect(list.items.map(\.path) == ["b.png", "a.png"])
    #expect(list.items.allSatisfy { $0.label == nil })
  }
}
