import Glibc

/// Refuses an output that would replace what is being read, under whatever name it is known.
///
/// - Throws: `FileError` when `output` is one of `inputs`.
public func checkOutput(_ output: String, isNoneOf inputs: [String]) throws(FileError) {
  guard let file = identity(of: output) else { return }
  for input in inputs where identity(of: input).map({ $0 == file }) ?? false {
    throw FileError(output, "is also an input, and would be lost", advice: "write to another file")
  }
}

private func identity(of path: String) -> (dev_t, ino_t)? {
  var status = stat()
  return stat(path, &status) == 0 ? (status.st_dev, status.st_ino) : nil
}
