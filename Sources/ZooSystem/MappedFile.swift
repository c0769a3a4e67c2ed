import Glibc

/// A file mapped into memory, read-only. Pages are read when they are touched.
public final class MappedFile: Sendable {
  /// As it was opened.
  public let path: String
  /// In bytes.
  public let count: Int
  private let address: UInt

  /// - Throws: `FileError` when the file cannot be opened or is empty.
  public init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path, failed: "open") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path, failed: "read") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path, "is not a regular file", advice: "give a file")
    }
    guard status.st_size > 0 else { throw FileError(path, "is empty", advice: "fetch or make it again") }
    count = Int(status.st_size)
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw FileError(path, failed: "map")
    }
    self.path = path
    address = UInt(bitPattern: start)
  }

  deinit { munmap(UnsafeMutableRawPointer(bitPattern: address), count) }

  /// Calls `body` with all bytes. They stay valid as long as this object lives.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count))
  }

  /// Gives the memory of whole pages back; they are read again when they are touched again. Whoever reads a large
  /// file once, from start to end, stays small with it.
  public func release(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let bounds = range.clamped(to: 0..<count)
    guard page > 0 else { return }
    let (start, end) = (bounds.lowerBound / page * page, bounds.upperBound / page * page)
    guard start < end else { return }
    madvise(UnsafeMutableRawPointer(bitPattern: address + UInt(start)), end - start, MADV_DONTNEED)
  }
}
