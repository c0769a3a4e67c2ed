import Glibc

/// A file that appears whole or not at all: written beside its destination under another name, flushed to
/// the disk, then renamed. Dropped without `commit()`, it leaves nothing behind.
public final class AtomicFile {
  /// The destination.
  public let path: String
  /// Where the bytes are until `commit()`; for writers that need a path of their own.
  public let temporaryPath: String
  /// Bytes written so far by `write`.
  public private(set) var position = 0
  /// Bytes that the system has been asked to bring to the disk.
  private var flushed = 0
  private static let flushSize = 16 << 20
  /// For handing to another process.
  public private(set) var descriptor: Int32
  /// What is replaced: the destination, or the file that it is a link to.
  private let target: String
  private let survivesPowerFailure: Bool

  /// Creates the temporary file, readable and writable.
  ///
  /// - Parameter survivesPowerFailure: whether `commit()` waits for the disk. Otherwise the system brings the file
  ///   there by and by; it is whole in any case when a program ends, however that happens.
  /// - Throws: `FileError` when the folder is missing or cannot be written, or the destination is no file.
  public init(_ path: String, survivesPowerFailure: Bool = true) throws(FileError) {
    self.survivesPowerFailure = survivesPowerFailure
    target = try Self.target(of: path)
    let folder = Self.folder(of: target)
    var status = stat()
    guard stat(folder, &status) == 0 else {
      throw FileError(path, "cannot write: the folder '\(folder)' does not exist", advice: "create it first")
    }
    Self.removeAbandoned(target, in: folder)
    let number = UInt32.random(in: 0 ... .max)
    temporaryPath = "\(folder)/.\(Self.temporaryName(target)).\(getpid())-\(number).tmp"
    var descriptor: Int32 = -1
    try Leftovers.add { [temporaryPath] () throws(FileError) in
      descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw FileError(path, failed: "write") }
      return temporaryPath
    }
    self.descriptor = descriptor
    self.path = path
    // A file that is replaced stays as private as it was.
    if stat(target, &status) == 0 { fchmod(descriptor, status.st_mode & 0o777) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    // Does nothing where the file has got its name.
    unlink(temporaryPath)
    Leftovers.forget(temporaryPath)
  }

  /// Appends bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try write(bytes, at: position)
    position += bytes.count
    startFlushing()
  }

  /// Appends bytes.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    try writeArray(bytes, at: position)
    position += bytes.count
  }

  /// Appends text as UTF-8.
  public func write(_ text: String) throws(FileError) {
    try write(Array(text.utf8))
  }

  /// Overwrites bytes at `offset`, for a header that is known last. Does not move `position`.
  public func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    try writeArray(bytes, at: offset)
  }

  /// Overwrites bytes at `offset`. Does not move `position`; may be called from several threads for
  /// disjoint ranges.
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = pwrite(descriptor, rest.baseAddress, rest.count, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileError(path, failed: "write") }
      done += count
    }
  }

  private func writeArray(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    let result: Result<Void, FileError> = bytes.withUnsafeBytes { buffer in
      do throws(FileError) {
        return .success(try write(buffer, at: offset))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Has the disk work while the next bytes are computed, so that `commit()` waits for the last ones only.
  /// (Linux starts to write back what is "not needed" and dirty; it stays in memory until that is done.)
  private func startFlushing() {
    guard survivesPowerFailure, position - flushed >= Self.flushSize else { return }
    posix_fadvise(descriptor, flushed, position - flushed, POSIX_FADV_DONTNEED)
    flushed = position
  }

  /// Moves the position `count` bytes on; the gap reads as zeros.
  public func skip(_ count: Int) {
    position += count
  }

  /// Closes a file that is only a step on the way: it can be read at `temporaryPath` as long as this object
  /// lives, and is never committed.
  public func endWriting() throws(FileError) {
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw FileError(path, failed: "write") }
  }

  /// Brings the file to the disk and gives it its name, replacing an older one.
  ///
  /// - Throws: `FileError`; the destination is then as it was before.
  public func commit() throws(FileError) {
    guard !survivesPowerFailure || fsync(descriptor) == 0 else { throw FileError(path, failed: "write") }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw FileError(path, failed: "write") }
    guard rename(temporaryPath, target) == 0 else { throw FileError(path, failed: "write") }
    let folder = survivesPowerFailure ? open(Self.folder(of: target), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Removes what writers of `target` left behind that were killed.
  private static func removeAbandoned(_ target: String, in folder: String) {
    let beginning = ".\(temporaryName(target))."
    guard let stream = opendir(folder) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasPrefix(beginning), name.hasSuffix(".tmp"),
        let writer = name.dropFirst(beginning.count).split(separator: "-").first.flatMap({ pid_t($0) }),
        kill(writer, 0) != 0, errno == ESRCH
      else { continue }
      unlink("\(folder)/\(name)")
    }
  }

  private static func temporaryName(_ path: String) -> String {
    String((path.split(separator: "/").last.map(String.init) ?? "out").prefix(200))
  }

  /// Links are followed, so that they stay. A device or a pipe is never replaced by a file.
  private static func target(of path: String) throws(FileError) -> String {
    var status = stat()
    guard lstat(path, &status) == 0 else { return path }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return path
    case S_IFLNK:
      guard let resolved = realpath(path, nil) else {
        throw FileError(path, failed: "write to where the link points")
      }
      defer { free(resolved) }
      return try target(of: String(cString: resolved))
    case S_IFDIR: throw FileError(path, "is a folder", advice: "give the name of a file to write")
    default: throw FileError(path, "is not a regular file", advice: "give the name of a file to write")
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
