import FoundationEssentials
import Glibc
import ZooSystem

/// `<destination>.part`: what has arrived of a file, locked against other processes, with a note beside it
/// about which version of which file it is a part of.
final class PartialFile {
  /// Which file this is a part of.
  struct Origin: Codable, Equatable {
    var url: String
    /// What a server recognises a version by: an ETag, or a date of last modification.
    var validator: String?
    /// Bytes of the whole file.
    var total: Int?
  }

  let path: String
  private(set) var size: Int
  private(set) var origin: Origin?
  private let destination: String
  private let descriptor: Int32
  private var notePath: String { path + ".json" }

  /// Opens and locks what an earlier run has left, or starts anew.
  init(for destination: String) throws(DownloadError.Reason) {
    self.destination = destination
    path = destination + ".part"
    descriptor = try Self.lock(path)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .file(FileError(path, "is not a regular file", advice: "remove it"))
    }
    size = Int(status.st_size)
    let note = try? InputFile.contents(of: path + ".json", limit: 1 << 16)
    origin = note.flatMap { try? JSONDecoder().decode(Origin.self, from: Data($0)) }
    if size > origin?.total ?? .max { origin = nil }
  }

  deinit {
    if size == 0 { discard() }
    close(descriptor)
  }

  /// Whether what is there is the start of the file at `url`, as far as can be known without asking.
  func canResume(_ url: String) -> Bool {
    size > 0 && origin?.url == url && (origin?.validator != nil || isComplete)
  }

  var isComplete: Bool { size > 0 && size == origin?.total }

  /// Forgets what was there.
  ///
  /// - Parameter origin: what the bytes to come are a part of.
  func restart(_ origin: Origin?) throws(DownloadError.Reason) {
    guard ftruncate(descriptor, 0) == 0 else { throw .file(FileError(path, failed: "write")) }
    size = 0
    self.origin = origin
    try reading { () throws(FileError) in
      let note = try AtomicFile(notePath)
      try note.write(Array((try? JSONEncoder().encode(origin)) ?? Data()))
      try note.commit()
    }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(DownloadError.Reason) {
    var rest = bytes
    while !rest.isEmpty {
      let count = pwrite(descriptor, rest.baseAddress, rest.count, size)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .file(FileError(path, failed: "write")) }
      size += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Flushes to the disk and gives the file its name.
  func commit() throws(DownloadError.Reason) {
    guard fsync(descriptor) == 0, rename(path, destination) == 0 else {
      throw .file(FileError(destination, failed: "write"))
    }
    unlink(notePath)
    let folder = open(Self.folder(of: destination), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Removes the file and its note.
  func discard() {
    unlink(path)
    unlink(notePath)
  }

  /// The lock belongs to the open file and ends with the process, however that ends.
  private static func lock(_ path: String) throws(DownloadError.Reason) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
      guard descriptor >= 0 else { throw .file(FileError(path, failed: "write")) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        close(descriptor)
        throw code == EWOULDBLOCK ? .busy(path) : .file(FileError(path, failed: "lock", errno: code))
      }
      // Another process may have renamed or removed the file between the two calls.
      if isSame(descriptor, path) { return descriptor }
      close(descriptor)
    }
  }

  private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
