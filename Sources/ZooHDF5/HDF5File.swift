import Synchronization
import ZooHelper
import ZooSystem

/// An HDF5 file opened for reading. A helper process reads its structure once; the bytes of plain datasets
/// are then taken directly from the file, those of compressed, chunked or big-endian ones from the helper.
///
/// May be used from several threads. Memory does not grow with the file.
public final class HDF5File: Sendable {
  /// As it was opened.
  public let path: String
  /// Bytes of the file.
  public let size: Int
  /// All groups, attributes and datasets.
  public let root: HDF5Group
  private let file: InputFile
  /// Used only while `lock` is held: an answer belongs to one request.
  private nonisolated(unsafe) let process: HelperProcess
  private let lock = Mutex(())

  /// Checks the file, starts a helper and reads the structure.
  ///
  /// - Parameter owner: what errors call the file, where it is a part of something else.
  /// - Throws: `FileError` when the file is missing, empty, cut off, not HDF5 or damaged.
  public init(
    _ path: String, for owner: String? = nil, helper: HDF5Helper = HDF5Helper()
  ) throws(FileError) {
    file = try InputFile(path, for: owner)
    try FileCheck.check(file)
    (self.path, size) = (file.path, file.size)
    process = try HelperProcess(
      helper.program, ["read", "/proc/self/fd/\(Spawn.fileDescriptor)"], subject: file.path,
      advice: .reading, file: file.descriptor)
    root = try Self.structure(from: process, fileSize: file.size)
  }

  private static func structure(
    from process: HelperProcess, fileSize: Int
  ) throws(FileError) -> HDF5Group {
    var wire = WireReader(try process.receive(.listing))
    do throws(WireError) {
      try wire.version()
      let root = try HDF5Group(from: &wire, fileSize: fileSize)
      guard wire.isAtEnd else { throw WireError("a message is too long") }
      return root
    } catch {
      throw process.incredible(error)
    }
  }

  /// The dataset at `path`, as in `/conv1/conv1/kernel:0`.
  ///
  /// - Throws: `FileError` when there is none, or it is behind a link that is not followed.
  public func dataset(_ path: String) throws(FileError) -> HDF5Dataset {
    switch root[path] {
    case .dataset(let dataset): return dataset
    case .group: throw FileError(self.path, "'\(path)' is a group, not a dataset")
    case .refused(let link, let reason): throw FileError(self.path, "'\(link)' is not read: \(reason)")
    case nil: throw FileError(self.path, "has no dataset '\(path)'")
    }
  }

  /// Calls `body` with the bytes of all elements, little-endian, in row-major order, in pieces of up to
  /// 1 MiB that hold whole elements. Text is given as it is stored.
  ///
  /// - Throws: `FileError`, or what `body` throws.
  public func read(_ dataset: HDF5Dataset, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let plan = try plan(for: dataset)
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(PiecePlan.limit, max(dataset.byteCount, 1)), alignment: 64)
    defer { piece.deallocate() }
    if case .contiguous(let offset, _) = dataset.storage, !dataset.isBigEndian || dataset.type.size == 1 {
      try readDirectly(dataset, at: offset, through: piece, body)
    } else {
      for number in 0..<plan.count {
        let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<plan.byteCount(of: number)])
        try fetch(number, of: dataset, into: part)
        try body(UnsafeRawBufferPointer(part))
      }
    }
  }

  /// The bytes of all elements at once, refused when they are more than `limit`.
  public func bytes(of dataset: HDF5Dataset, limit: Int) throws(FileError) -> [UInt8] {
    guard dataset.byteCount <= limit else {
      let (count, limit) = (dataset.byteCount.grouped, limit.grouped)
      throw FileError(path, "'\(dataset.path)' has \(count) bytes, more than the \(limit) allowed here")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(dataset.byteCount)
    do {
      try read(dataset) { bytes.append(contentsOf: $0) }
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(path, "\(error)")
    }
    return bytes
  }

  /// The strings of a dataset of text, refused when they have more than `limit` bytes together.
  public func strings(of dataset: HDF5Dataset, limit: Int) throws(FileError) -> [String] {
    guard case .text(let width) = dataset.type, width > 0 else {
      throw FileError(path, "'\(dataset.path)' is not text")
    }
    let bytes = try bytes(of: dataset, limit: limit)
    return stride(from: 0, to: bytes.count, by: width).map { start in
      String(fixedWidth: bytes[start..<min(start + width, bytes.count)])
    }
  }

  private func plan(for dataset: HDF5Dataset) throws(FileError) -> PiecePlan {
    if let reason = dataset.refusal {
      throw FileError(path, "'\(dataset.path)' is not read: \(reason)")
    }
    guard let plan = PiecePlan(shape: dataset.shape, elementSize: dataset.type.size) else {
      throw FileError(path, "'\(dataset.path)' is too large")
    }
    return plan
  }

  private func readDirectly(
    _ dataset: HDF5Dataset, at offset: Int, through piece: UnsafeMutableRawBufferPointer,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let step = piece.count / dataset.type.size * dataset.type.size
    for start in stride(from: 0, to: dataset.byteCount, by: max(step, 1)) {
      let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(step, dataset.byteCount - start)])
      try file.read(into: part, at: offset + start)
      try body(UnsafeRawBufferPointer(part))
    }
  }

  private func fetch(
    _ piece: Int, of dataset: HDF5Dataset, into buffer: UnsafeMutableRawBufferPointer
  ) throws {
    var request = WireWriter()
    request.put(dataset.index)
    request.put(piece)
    try lock.withLock { _ in
      try process.send(.piece, request.bytes)
      guard try process.receiveHeader(.piece) == buffer.count else {
        throw process.incredible(WireError("a piece of '\(dataset.path)' has a wrong size"))
      }
      try process.receive(into: buffer)
    }
  }
}

extension String {
  /// Text in a field that is filled up with zeros or spaces.
  package init(fixedWidth field: some BidirectionalCollection<UInt8>) {
    var text = field[...]
    while let last = text.last, last == 0 || last == 0x20 { text = text.dropLast() }
    self.init(decoding: text, as: UTF8.self)
  }
}
