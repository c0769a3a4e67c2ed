import ZooSystem

extension FileError {
  /// A `.zoo` file is not what was written.
  static func damaged(_ path: String, _ reason: String) -> FileError {
    FileError(path, "is damaged: \(reason)", advice: "copy or convert it again")
  }
}
