import CZip
import Glibc
import ZooSystem

/// Writes a zip archive of stored (uncompressed) members, with 64-bit sizes where needed. The same members
/// give the same bytes. Without `finish()` no file appears.
public final class ZipWriter {
  private let file: AtomicFile
  private var handle: OpaquePointer?
  private var names: Set<String> = []

  /// - Throws: `FileError` when the file cannot be created.
  public init(_ path: String) throws(FileError) {
    file = try AtomicFile(path)
    var code: Int32 = 0
    handle = zip_open(file.temporaryPath, ZIP_CREATE | ZIP_TRUNCATE, &code)
    if handle == nil { throw ZipError.opening(path, code: code) }
  }

  deinit {
    if let handle { zip_discard(handle) }
  }

  /// Adds a member held in memory.
  public func add(_ name: String, _ bytes: [UInt8]) throws(FileError) {
    try add(name) { handle in
      // libzip reads and frees the copy when the archive is written.
      guard let copy = malloc(max(1, bytes.count)) else { return nil }
      withBytes(of: bytes) {
        UnsafeMutableRawBufferPointer(start: copy, count: $0.count).copyMemory(from: $0)
      }
      let source = zip_source_buffer(handle, copy, UInt64(bytes.count), 1)
      if source == nil { free(copy) }
      return source
    }
  }

  /// Adds the contents of the file `path`, which must stay as it is until `finish()`.
  public func add(_ name: String, contentsOf path: String) throws(FileError) {
    _ = try InputFile(path)
    try add(name) { handle in zip_source_file(handle, path, 0, -1) }
  }

  private func add(_ name: String, _ source: (OpaquePointer) -> OpaquePointer?) throws(FileError) {
    guard let handle else { throw FileError(file.path, "is finished already") }
    guard ZipName.isSafe(name), !name.hasSuffix("/"), names.insert(name).inserted else {
      throw FileError(file.path, "cannot have a member \(quoted(name))", advice: "give it another name")
    }
    guard let source = source(handle) else { throw ZipError.writing(file.path, zip_get_error(handle)) }
    let index = zip_file_add(handle, name, source, ZIP_FL_ENC_UTF_8)
    guard let index = UInt64(exactly: index) else {
      zip_source_free(source)
      throw ZipError.writing(file.path, zip_get_error(handle))
    }
    zip_set_file_compression(handle, index, ZIP_CM_STORE, 0)
    // 1 January 1980, the first day of the format.
    zip_file_set_dostime(handle, index, 0, 1 << 5 | 1, 0)
  }

  /// Writes the archive and gives it its name.
  public func finish() throws(FileError) {
    guard let handle else { throw FileError(file.path, "is finished already") }
    guard !names.isEmpty else { throw FileError(file.path, "nothing to write into the archive") }
    guard zip_close(handle) == 0 else { throw ZipError.writing(file.path, zip_get_error(handle)) }
    self.handle = nil
    // libzip has put a file of its own in the place of the temporary one.
    let descriptor = open(file.temporaryPath, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(file.path, failed: "write") }
    let flushed = fsync(descriptor)
    close(descriptor)
    guard flushed == 0 else { throw FileError(file.path, failed: "write") }
    try file.commit()
  }
}
