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
    guard let error else { return "unknown error" }
    // Whether it may be NULL differs between versions of libzip.
    let text: UnsafePointer<CChar>? = zip_error_strerror(error)
    return text.map { String(cString: $0) } ?? "unknown error"
  }
}
