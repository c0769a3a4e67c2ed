import Glibc

/// Creates a folder with all folders on the way to it, unless it is there.
///
/// - Throws: `FileError`, which names the variable that moves the folder, where it is one of the user's own.
public func createFolder(_ path: String) throws(FileError) {
  try createFolder(path, towards: path)
}

private func createFolder(_ path: String, towards goal: String) throws(FileError) {
  var status = stat()
  if stat(path, &status) == 0 {
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(path, "is a file where a folder is needed", advice: "remove or rename it")
    }
    return
  }
  if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
    try createFolder(String(path[..<slash]), towards: goal)
  }
  guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
    var error = FileError(path, failed: "create the folder")
    if let owner = UserFolder.allCases.first(where: { goal.hasPrefix($0.path + "/") }) {
      error.advice = "set \(owner.rawValue) to a folder that can be written"
    }
    throw error
  }
}
