import CZip
import ZooSystem

enum ZipName {
  /// Whether `name` stays within a folder, on every system.
  static func isSafe(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isClean = name.unicodeScalars.allSatisfy {
      $0.value >= 0x20 && $0 != "\\" && $0 != ":" && $0.value != 0x7F
    }
    return isClean && !name.isEmpty && !name.hasPrefix("/") && !parts.contains("..")
      && name.utf8.count <= 4096
  }
}

enum ZipError {
  static func opening(_ path: String, code: Int32) -> FileError {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return FileError(
      path, "cannot be opened as a zip archive: \(text(&error))", advice: "download or copy it again")
  }

  static func reading(
    _ path: String, _ name: String, _ error: UnsafeMutablePointer<zip_error_t>?
  ) -> FileError {
    FileError(path, "member \(quoted(name)) is damaged: \(text(error))", advice: "download or copy it again")
  }

  static func writing(_ path: String, _ error: UnsafeMutablePointer<zip_error_t>?) -> FileError {
    FileError(path, "cannot write: \(text(error))", advice: "check the free space and the permissions")
  }

  private static func text(_ error: UnsafeMutablePointer<zip_error_t>?) -> String {
    guard let error, let text = zip_error_strerror(error) else { return "unknown error" }
    return String(cString: text)
  }
}

/// Checks the end of a zip file before libzip sees it: libzip allocates as many entries as a 64-bit directory
/// declares.
enum ZipDirectory {
  private static let endSize = 22
  private static let locatorSize = 20
  /// Bytes of the shortest directory entry.
  private static let shortestEntry = 46

  static func check(_ file: InputFile) throws(FileError) {
    let start = try file.bytes(at: 0, count: min(32, file.size))
    guard start.starts(with: [0x50, 0x4B]) else {
      let hint = lookalike(start).map { ", it looks like \($0)" } ?? ""
      throw FileError(
        file.path, file.size == 0 ? "is empty" : "is not a zip archive\(hint)", advice: "check the file")
    }
    let tailSize = min(file.size, endSize + locatorSize + Int(UInt16.max))
    let tail = try file.bytes(at: file.size - tailSize, count: tailSize)
    for offset in stride(from: 0, through: tail.count - locatorSize, by: 1)
    where tail[offset...].starts(with: [0x50, 0x4B, 0x06, 0x07]) {
      try checkRecord(at: integer(tail, offset + 8), file)
    }
  }

  /// The 64-bit end record that a locator points at.
  private static func checkRecord(at offset: UInt64, _ file: InputFile) throws(FileError) {
    guard let offset = Int(exactly: offset), offset <= file.size - 56 else { return }
    let record = try file.bytes(at: offset, count: 56)
    let most = UInt64(file.size / shortestEntry)
    for count in [integer(record, 24), integer(record, 32)] where count > most {
      throw FileError(
        file.path, "claims \(count) members, at most \(most) fit into \(file.size) bytes",
        advice: "do not trust this file")
    }
  }

  /// Eight little-endian bytes; the caller has made sure they are there.
  private static func integer(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
    bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
