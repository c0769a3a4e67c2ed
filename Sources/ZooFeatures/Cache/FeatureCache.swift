import FoundationEssentials
import Glibc
import Synchronization
import ZooGraph
import ZooSystem

/// Features of pictures kept on disk, found again by the picture's content. One file for each network, cut,
/// preprocessing and resize method.
///
/// The file: 8 bytes `ZOOFEAT1`, the length of the key as `UInt32`, the key as JSON, then records of equal
/// length: SHA-256 of the picture (32 bytes), CRC-32 of the features, the features as float32. Records are
/// only ever appended, under a lock. A record whose checksum is wrong is never used, an unfinished last one is
/// cut off, and a file that makes no sense is started anew.
public final class FeatureCache: Sendable {
  /// Identifies a picture: the SHA-256 of its file.
  public typealias PictureID = [UInt8]

  /// The file that they are kept in.
  public let path: String
  /// Values of one picture.
  public let rowCount: Int
  /// Whether the file was there but could not be used, and has been started anew.
  public let wasRebuilt: Bool
  private let start: Int
  private let state: Mutex<State>

  private struct State {
    var descriptor: Int32
    /// The number of the record of each picture.
    var slots: [PictureID: Int] = [:]
    var records = 0
    var hasDamage = false
  }

  private static let magic = Array("ZOOFEAT1".utf8)
  private static let maximumKey = 1 << 20

  /// Opens the cache of `key` in `folder`, or starts one.
  ///
  /// - Throws: `FileError` when the folder cannot be made or the file not be written.
  public init(_ key: CacheKey, folder: String) throws {
    rowCount = key.shape.elementCount ?? 0
    path = "\(folder)/\(try key.fileName())"
    try createFolder(folder)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let json = Array(try encoder.encode(key))
    let head = Self.magic + withUnsafeBytes(of: UInt32(json.count).littleEndian) { Array($0) } + json
    start = head.count
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path, failed: "open") }
    var state = State(descriptor: descriptor)
    flock(descriptor, LOCK_EX)
    defer { flock(descriptor, LOCK_UN) }
    wasRebuilt = try Self.load(&state, head: head, rowCount: rowCount, path: path)
    self.state = Mutex(state)
    // Marks it as used, for the eviction of what is not.
    futimens(descriptor, nil)
  }

  deinit {
    let descriptor = state.withLock { $0.descriptor }
    close(descriptor)
  }

  /// Whether a record was asked for whose checksum is wrong. It has not been used.
  public var hasDamage: Bool { state.withLock { $0.hasDamage } }

  /// The number of pictures at hand.
  public var count: Int { state.withLock { $0.slots.count } }

  /// Whether a picture's features have been stored.
  public func contains(_ id: PictureID) -> Bool { state.withLock { $0.slots[id] != nil } }

  /// Bytes that the features of `pictures` pictures take.
  public static func byteCount(pictures: Int, values: Int) -> Int { pictures * recordSize(values) }

  private var recordSize: Int { Self.recordSize(rowCount) }

  private static func recordSize(_ rowCount: Int) -> Int { 36 + rowCount * 4 }

  /// Reads the index of what is there.
  ///
  /// - Returns: whether something was there that could not be used.
  private static func load(_ state: inout State, head: [UInt8], rowCount: Int, path: String) throws(FileError)
    -> Bool
  {
    var status = stat()
    guard fstat(state.descriptor, &status) == 0 else { throw FileError(path, failed: "read") }
    let size = Int(status.st_size)
    var found = [UInt8](repeating: 0, count: head.count)
    let isOurs =
      size >= head.count && pread(state.descriptor, &found, head.count, 0) == head.count && found == head
    guard isOurs else {
      guard ftruncate(state.descriptor, 0) == 0, write(head, to: state.descriptor, at: 0)
      else {
        throw FileError(path, failed: "write")
      }
      return size > 0
    }
    let recordSize = recordSize(rowCount)
    index(&state, upTo: (size - head.count) / recordSize, start: head.count, recordSize)
    // A writer that was killed may have left a part of a record.
    ftruncate(state.descriptor, head.count + state.records * recordSize)
    return false
  }

  /// Takes note of the records that have been appended since the last time.
  private static func index(_ state: inout State, upTo count: Int, start: Int, _ recordSize: Int) {
    var id = PictureID(repeating: 0, count: 32)
    while state.records < count,
      pread(state.descriptor, &id, 32, start + state.records * recordSize) == 32
    {
      state.slots[id] = state.records
      state.records += 1
    }
  }

  /// A disk that runs full takes a part first; only the next attempt says why.
  private static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
        let count = pwrite(descriptor, rest.baseAddress, rest.count, offset + done)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
  }

  /// Reads a picture's features into `row`.
  ///
  /// - Returns: whether they are there and undamaged.
  public func read(_ id: PictureID, into row: UnsafeMutableBufferPointer<Float>) -> Bool {
    guard row.count == rowCount else { return false }
    return state.withLock { state in
      guard let slot = state.slots[id] else { return false }
      let place = start + slot * recordSize + 32
      var crc: UInt32 = 0
      let bytes = UnsafeMutableRawBufferPointer(row)
      guard pread(state.descriptor, &crc, 4, place) == 4,
        pread(state.descriptor, bytes.baseAddress, bytes.count, place + 4) == bytes.count,
        crc32(of: UnsafeRawBufferPointer(bytes)) == UInt32(littleEndian: crc)
      else {
        state.slots[id] = nil
        state.hasDamage = true
        return false
      }
      return true
    }
  }

  /// Appends a picture's features.
  ///
  /// - Throws: `FileError` when the disk is full.
  public func append(_ id: PictureID, _ row: UnsafeBufferPointer<Float>) throws(FileError) {
    guard id.count == 32, row.count == rowCount else { return }
    let bytes = UnsafeRawBufferPointer(row)
    let crc = withUnsafeBytes(of: crc32(of: bytes).littleEndian) { Array($0) }
    let record = id + crc + Array(bytes)
    let failure: FileError? = state.withLock { state in
      flock(state.descriptor, LOCK_EX)
      defer { flock(state.descriptor, LOCK_UN) }
      // Another run may have appended meanwhile, this picture too.
      var status = stat()
      guard fstat(state.descriptor, &status) == 0 else { return FileError(path, failed: "read") }
      let slot = max(0, Int(status.st_size) - start) / recordSize
      Self.index(&state, upTo: slot, start: start, recordSize)
      guard state.slots[id] == nil else { return nil }
      let offset = start + slot * recordSize
      guard Self.write(record, to: state.descriptor, at: offset) else {
        var error = FileError(path, failed: "write")
        error.advice = "free some space, set XDG_CACHE_HOME to another folder, or do without: --no-cache"
        ftruncate(state.descriptor, offset)
        return error
      }
      state.slots[id] = slot
      state.records = slot + 1
      return nil
    }
    if let failure { throw failure }
  }
}
