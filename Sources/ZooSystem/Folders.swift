import Glibc

/// Creates a folder with all folders on the way to it, unless it is there.
///
/// - Throws: `FileError`.
public func createFolder(_ path: String) throws(FileError) {
  var status = stat()
  if stat(path, &status) == 0 {
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(path, "is a file where a folder is needed", advice: "remove or rename it")
    }
    return
  }
  if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
    try createFolder(String(path[..<slash]))
  }
  guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
    throw FileError(path, failed: "create the folder")
  }
}
