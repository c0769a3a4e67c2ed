import Glibc
import ZooSystem

/// The visible entries of one folder, sorted.
struct FolderListing {
  private(set) var files: [String] = []
  /// With links to folders.
  private(set) var folders: [String] = []
  /// Those of `folders` that are links.
  private(set) var links: Set<String> = []

  init(_ path: String) throws(FileError) {
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

/// The pictures in `folder` and the folders below it, sorted as Keras does: by folder, then by name.
func picturesBelow(_ folder: String) throws(FileError) -> [String] {
  var found: [(folder: String, files: [String])] = []
  var pending = [folder]
  while let next = pending.popLast() {
    let listing = try FolderListing(next)
    found.append((next, listing.files.filter(ImageList.hasPictureExtension)))
    pending += listing.folders.filter { !listing.links.contains($0) }.map { joined(next, $0) }
  }
  found.sort { precedes($0.folder, $1.folder) }
  return found.flatMap { place in place.files.map { joined(place.folder, $0) } }
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
func isFolder(_ path: String) throws(FileError) -> Bool {
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
