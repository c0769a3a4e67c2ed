import Glibc
import ZooSystem

/// What comes through a pipe.
enum StandardInput {
  /// Everything, to the end.
  ///
  /// - Throws: `UsageError` where somebody would have to type it; `FileError` beyond `limit` bytes.
  static func contents(limit: Int) throws -> [UInt8] {
    guard isatty(STDIN_FILENO) != 1 else {
      throw UsageError(
        "standard input is a terminal; put a pipe or a file there, as in 'zoo … - < photo.jpg'")
    }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(STDIN_FILENO, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError("standard input", failed: "read") }
      guard count > 0 else { return bytes }
      bytes += piece[..<count]
      guard bytes.count <= limit else {
        throw FileError("standard input", "has more than the \(limit.grouped) bytes allowed here")
      }
    }
  }
}
