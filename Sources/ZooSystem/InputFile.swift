import Glibc

/// A regular file opened for reading at any offset, from any thread.
public final class InputFile: Sendable {
  /// What errors call it.
  public let path: String
  /// Bytes at the time of opening.
  public let size: Int
  /// Stays open as long as this object lives; for handing to another process.
  public let descriptor: Int32

  /// Opens `path`, which must be a regular file (a pipe or a device could block forever).
  ///
  /// - Parameter owner: what errors call the file, where it is a part of something else.
  /// - Throws: `FileError`.
  public init(_ path: String, for owner: String? = nil) throws(FileError) {
    let name = owner ?? path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(name, failed: "open") }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = FileError(name, failed: "read")
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw FileError(name, isFolder ? "is a folder" : "is not a regular file", advice: "give a file")
    }
    self.path = name
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Throws: `FileError` when the file ends before the buffer is full.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path, failed: "read") }
      guard count > 0 else {
        throw FileError(path, "ends at byte \(offset + done), \(buffer.count - done) bytes early")
      }
      done += count
    }
  }

  /// The `count` bytes from `offset` on.
  public func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    guard count > 0 else { return [] }
    guard offset >= 0, offset <= size, count <= size - offset else {
      throw FileError(path, "ends at byte \(size), before the \(count) bytes at \(offset)")
    }
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(FileError) {
        try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// The whole file, refused when larger than `limit` bytes.
  public static func contents(of path: String, limit: Int) throws(FileError) -> [UInt8] {
    let file = try InputFile(path)
    guard file.size <= limit else {
      throw FileError(path, "has \(file.size) bytes, more than the \(limit) allowed here")
    }
    return try file.bytes(at: 0, count: file.size)
  }
}
