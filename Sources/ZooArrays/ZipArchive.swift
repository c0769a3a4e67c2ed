import CZip
import Glibc
import ZooSystem

/// A zip archive opened for reading: `.npz`, `.keras`. Nothing the archive says about itself is believed:
/// sizes are checked while reading and never beyond a limit, checksums at the end.
///
/// For one thread at a time.
public final class ZipArchive {
  /// A member of the archive.
  public struct Entry: Sendable, Equatable {
    /// A relative path without `..`.
    public let name: String
    /// Bytes when extracted, as declared.
    public let size: Int
    /// Bytes in the archive, as declared.
    public let compressedSize: Int
    fileprivate let index: UInt64
  }

  /// As it was opened.
  public let path: String
  /// In the order of the archive's directory; folders left out.
  public let entries: [Entry]
  private let handle: OpaquePointer
  /// Deflate cannot do better: 258 bytes for two bits.
  private static let highestRatio = 1032

  /// Opens an archive and checks its directory.
  ///
  /// - Throws: `FileError` if it is no zip archive, or has encrypted members, members compressed otherwise
  ///   than with deflate, two of one name, or names that lead out of a folder.
  public init(_ path: String) throws(FileError) {
    let file = try InputFile(path)
    try Self.checkSignature(file)
    var code: Int32 = 0
    guard let handle = zip_open(path, ZIP_RDONLY, &code) else {
      throw ZipError.opening(path, code: code)
    }
    do throws(FileError) {
      entries = try Self.entries(of: handle, path, fileSize: file.size)
    } catch {
      zip_discard(handle)
      throw error
    }
    self.path = path
    self.handle = handle
  }

  deinit { zip_discard(handle) }

  /// The member named `name`.
  ///
  /// - Throws: `FileError` that names the members there are.
  public func entry(_ name: String) throws(FileError) -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      let names = entries.prefix(12).map { quoted($0.name) }.joined(separator: ", ")
      let more = entries.count > 12 ? " and \(entries.count - 12) more" : ""
      throw FileError(path, "has no member \(quoted(name)), it has \(names.isEmpty ? "none" : names + more)")
    }
    return entry
  }

  /// The bytes of a member, refused when more than `limit`.
  public func bytes(of entry: Entry, limit: Int) throws(FileError) -> [UInt8] {
    try check(entry, limit)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(entry.size, 1 << 20))
    try read(entry) { piece throws(FileError) in bytes += piece }
    return bytes
  }

  /// Writes a member to the file `destination`, whole or not at all; refused when more than `limit` bytes.
  public func extract(_ entry: Entry, to destination: String, limit: Int) throws(FileError) {
    try check(entry, limit)
    let file = try AtomicFile(destination)
    try read(entry) { piece throws(FileError) in try file.write(piece) }
    try file.commit()
  }

  /// A member as a stream.
  func stream(_ entry: Entry) throws(FileError) -> ZipStream {
    guard let opened = zip_fopen_index(handle, entry.index, 0) else {
      throw ZipError.reading(path, entry.name, zip_get_error(handle))
    }
    return ZipStream(self, opened, name: entry.name, size: entry.size)
  }

  private func read(
    _ entry: Entry, _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let stream = try stream(entry)
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(1 << 18, max(entry.size, 1)), alignment: 16)
    defer { piece.deallocate() }
    var left = entry.size
    while left > 0 {
      let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, left)])
      try stream.read(into: part)
      try body(UnsafeRawBufferPointer(part))
      left -= part.count
    }
    try stream.finish()
  }

  private func check(_ entry: Entry, _ limit: Int) throws(FileError) {
    guard entry.size <= limit else {
      throw FileError(
        path, "member \(quoted(entry.name)) has \(entry.size) bytes, more than the \(limit) allowed here")
    }
  }

  private static func checkSignature(_ file: InputFile) throws(FileError) {
    let start = try file.bytes(at: 0, count: min(32, file.size))
    guard !start.starts(with: Array("PK".utf8)) else { return }
    guard file.size > 0 else { throw FileError(file.path, "is empty", advice: "check the file") }
    throw FileError(file.path, isNot: "a zip archive", head: start, advice: "check the file")
  }

  private static func entries(
    of handle: OpaquePointer, _ path: String, fileSize: Int
  ) throws(FileError) -> [Entry] {
    var entries: [Entry] = []
    var names: Set<String> = []
    for index in 0..<UInt64(max(0, zip_get_num_entries(handle, 0))) {
      var status = zip_stat_t()
      guard zip_stat_index(handle, index, 0, &status) == 0, let text = status.name else {
        throw FileError(path, "has a damaged zip directory", advice: "download or copy it again")
      }
      let name = String(cString: text)
      guard ZipName.isSafe(name) else {
        throw FileError(
          path, "has a member with the unsafe name \(quoted(name))", advice: "do not trust this file")
      }
      guard names.insert(name).inserted else {
        throw FileError(path, "has two members named \(quoted(name))", advice: "do not trust this file")
      }
      guard status.encryption_method == ZIP_EM_NONE else {
        throw FileError(
          path, "member \(quoted(name)) is encrypted", advice: "unpack and zip it without password")
      }
      guard [ZIP_CM_STORE, ZIP_CM_DEFLATE].contains(Int32(status.comp_method)) else {
        throw FileError(
          path, "member \(quoted(name)) has compression method \(status.comp_method), known are 0 and 8",
          advice: "zip it again, stored or deflated")
      }
      guard let size = Int(exactly: status.size), let compressed = Int(exactly: status.comp_size),
        compressed <= fileSize,
        status.comp_method == ZIP_CM_STORE ? size == compressed : size / highestRatio <= compressed
      else {
        throw FileError(
          path,
          "member \(quoted(name)) claims \(status.size) bytes in \(status.comp_size) of a file of \(fileSize)",
          advice: "do not trust this file")
      }
      if name.hasSuffix("/") { continue }
      entries.append(Entry(name: name, size: size, compressedSize: compressed, index: index))
    }
    return entries
  }
}

/// A member read from start to end.
final class ZipStream {
  private let archive: ZipArchive
  private let handle: OpaquePointer
  private let name: String
  private let size: Int
  private var position = 0

  fileprivate init(_ archive: ZipArchive, _ handle: OpaquePointer, name: String, size: Int) {
    self.archive = archive
    self.handle = handle
    self.name = name
    self.size = size
  }

  deinit { zip_fclose(handle) }

  /// Fills `buffer`, or throws where the member ends before.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    var done = 0
    while done < buffer.count {
      guard let start = buffer.baseAddress else { return }
      let count = zip_fread(handle, start + done, UInt64(buffer.count - done))
      guard count >= 0 else { throw ZipError.reading(archive.path, name, zip_file_get_error(handle)) }
      guard count > 0 else {
        throw FileError(
          archive.path, "member \(quoted(name)) is truncated: expected \(size) bytes, found \(position)",
          advice: "download or copy it again")
      }
      done += Int(count)
      position += Int(count)
    }
  }

  /// Checks that the member ends here, which also checks its checksum.
  func finish() throws(FileError) {
    var extra: UInt8 = 0
    let count = zip_fread(handle, &extra, 1)
    guard count >= 0 else { throw ZipError.reading(archive.path, name, zip_file_get_error(handle)) }
    guard count == 0, position == size else {
      throw FileError(
        archive.path, "member \(quoted(name)) is longer than the \(position) bytes declared",
        advice: "do not trust this file")
    }
  }
}
