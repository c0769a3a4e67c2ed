import Glibc
import ZooSystem

/// The visible entries of one folder, sorted.
package struct FolderListing {
  package private(set) var files: [String] = []
  /// With links to folders.
  package private(set) var folders: [String] = []
  /// Those of `folders` that are links.
  package private(set) var links: Set<String> = []

  package init(_ path: String) throws(FileError) {
    guard let directory = opendir(path) else { throw unreadable(path) }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      guard let name = entryName(entry) else {
        throw FileError(path, "holds a file whose name is not UTF-8", advice: "rename it")
      }
      if !name.hasPrefix(".") { add(name, in: path) }
    }
    files.sort(by: precedes)
    folders.sort(by: precedes)
  }

  private mutating func add(_ name: String, in path: String) {
    let entry = joined(path, name)
    var status = stat()
    let isLink = lstat(entry, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    guard isLink ? (try? isFolder(entry)) == true : status.st_mode & S_IFMT == S_IFDIR else {
      files.append(name)
      return
    }
    folders.append(name)
    if isLink { links.insert(name) }
  }
}

/// The pictures of folders, and what else is in them.
struct FoundFiles {
  private(set) var pictures: [String] = []
  private(set) var unread = UnreadFiles()

  init() {}

  /// Of `folder` and the folders below it, sorted as Keras does: by folder, then by name. Links to folders are not
  /// followed.
  ///
  /// - Parameter isKnown: whether a file is read in another way.
  init(below folder: String, except isKnown: (String) -> Bool = { _ in false }) throws(FileError) {
    var parts: [(folder: String, files: FoundFiles)] = []
    var pending = [folder]
    while let next = pending.popLast() {
      var part = FoundFiles()
      let listing = try part.addFiles(of: next, except: isKnown)
      for name in listing.folders where listing.links.contains(name) {
        part.unread.add(linkToFolder: joined(next, name))
      }
      pending += listing.folders.filter { !listing.links.contains($0) }.map { joined(next, $0) }
      parts.append((next, part))
    }
    parts.sort { precedes($0.folder, $1.folder) }
    for part in parts {
      pictures += part.files.pictures
      unread += part.files.unread
    }
  }

  /// Adds what lies directly in a folder.
  @discardableResult
  mutating func addFiles(of folder: String, except isKnown: (String) -> Bool = { _ in false })
    throws(FileError) -> FolderListing
  {
    let listing = try FolderListing(folder)
    for path in listing.files.map({ joined(folder, $0) }) where !isKnown(path) {
      if ImageList.hasPictureExtension(path) { pictures.append(path) } else { unread.add(path) }
    }
    return listing
  }
}

func withoutFinalSlash(_ folder: String) -> String {
  folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
}

/// Python's order of strings: by code point, which is the order of the UTF-8 bytes.
func precedes(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}

func joined(_ folder: String, _ name: String) -> String {
  folder.hasSuffix("/") ? folder + name : folder + "/" + name
}

/// Whether `path`, or what it links to, is a folder.
///
/// - Throws: `FileError` when there is nothing.
package func isFolder(_ path: String) throws(FileError) -> Bool {
  var status = stat()
  guard stat(path, &status) == 0 else { throw unreadable(path) }
  return status.st_mode & S_IFMT == S_IFDIR
}

private func entryName(_ entry: UnsafeMutablePointer<dirent>) -> String? {
  withUnsafePointer(to: &entry.pointee.d_name) { name in
    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
  }
}

private func unreadable(_ path: String) -> FileError {
  FileError(path, failed: "open")
}
