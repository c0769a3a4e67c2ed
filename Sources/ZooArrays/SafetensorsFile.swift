import ZooGraph
import ZooSystem

/// A `.safetensors` file opened for reading, from any thread.
public final class SafetensorsFile: Sendable {
  /// A tensor as the header lists it.
  public struct Tensor: Sendable, Equatable {
    /// Its name in the file.
    public let name: String
    /// Of its values.
    public let type: ElementType
    /// From the outermost dimension to the innermost.
    public let shape: [Int]
    /// Where its bytes are in the file: little-endian, C order.
    public let bytes: Range<Int>
  }

  /// In the order of their data in the file.
  public let tensors: [Tensor]
  /// The texts under `__metadata__`.
  public let metadata: [String: String]
  private let file: InputFile
  private let map: MappedFile

  /// Reads and checks the header.
  ///
  /// - Throws: `FileError` unless the tensors account for every byte after the header once.
  public init(_ path: String) throws(FileError) {
    file = try InputFile(path)
    let length = try Self.headerLength(file)
    let header = try SafetensorsHeader(path, file.bytes(at: 8, count: length))
    tensors = try Self.tensors(header.entries, path, from: 8 + length, size: file.size)
    metadata = header.metadata
    map = try MappedFile(path)
    guard map.count == file.size else {
      throw FileError(path, "has changed while it was opened", advice: "try again")
    }
  }

  /// As it was opened.
  public var path: String { file.path }

  /// The tensor `name`, if there is one.
  public func tensor(_ name: String) -> Tensor? {
    tensors.first { $0.name == name }
  }

  /// Calls `body` with the bytes of one of `tensors`, mapped into memory.
  public func withBytes<Result, Failure: Error>(
    of tensor: Tensor, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try map.withBytes { all throws(Failure) in
      try body(UnsafeRawBufferPointer(rebasing: all[tensor.bytes.clamped(to: 0..<all.count)]))
    }
  }

  /// Reads bytes of one of `tensors` from `offset` on into `buffer`, without mapping: for pieces of large
  /// tensors.
  public func read(
    _ tensor: Tensor, at offset: Int = 0, into buffer: UnsafeMutableRawBufferPointer
  ) throws(FileError) {
    guard offset >= 0, offset <= tensor.bytes.count, buffer.count <= tensor.bytes.count - offset else {
      throw FileError(path, "tensor \(quoted(tensor.name)) has \(tensor.bytes.count) bytes, not that many")
    }
    try file.read(into: buffer, at: tensor.bytes.lowerBound + offset)
  }

  /// The elements of one of `tensors` as floats.
  public func floats(of tensor: Tensor) -> [Float] {
    withBytes(of: tensor) { bytes in
      let count = bytes.count / tensor.type.size
      return [Float](unsafeUninitializedCapacity: count) { floats, initialized in
        tensor.type.convert(bytes, to: UnsafeMutableBufferPointer(rebasing: floats[..<count]))
        initialized = count
      }
    }
  }

  /// The limit of the reference implementation.
  static let longestHeader = 100_000_000

  private static func headerLength(_ file: InputFile) throws(FileError) -> Int {
    let start = try file.bytes(at: 0, count: min(file.size, 32))
    guard start.count >= 8 else {
      let found = file.size == 0 ? "is empty" : "has \(file.size) bytes, too few for a safetensors header"
      throw FileError(file.path, found, advice: "download or copy it again")
    }
    let length = start[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= longestHeader, start.count == 8 || start[8] == UInt8(ascii: "{") else {
      throw FileError(file.path, isNot: "a safetensors file", head: start, advice: "check the file")
    }
    guard length <= file.size - 8 else {
      throw FileError(
        file.path, "is truncated: the header alone takes \(length + 8) bytes, found \(file.size)",
        advice: "download or copy it again")
    }
    return Int(length)
  }

  /// Orders the tensors by their data and checks that they lie end to end from the header to the end of file.
  private static func tensors(
    _ entries: [SafetensorsHeader.Entry], _ path: String, from origin: Int, size: Int
  ) throws(FileError) -> [Tensor] {
    let ordered = entries.enumerated().sorted {
      ($0.element.start, $0.element.end, $0.offset) < ($1.element.start, $1.element.end, $1.offset)
    }.map(\.element)
    var position = 0
    var tensors: [Tensor] = []
    for entry in ordered {
      guard let bytes = byteCount(of: entry.shape, elementSize: entry.type.size) else {
        throw FileError(path, "tensor \(quoted(entry.name)) has the impossible shape \(entry.shape)")
      }
      guard entry.start <= entry.end, entry.end - entry.start == bytes else {
        throw FileError(
          path,
          "tensor \(quoted(entry.name)) of shape \(entry.shape) and type \(entry.type.rawValue) takes \(bytes) "
            + "bytes, its offsets are \(entry.start) to \(entry.end)", advice: "download or copy it again")
      }
      guard entry.start == position else {
        let what = entry.start < position ? "overlaps the tensor before it" : "leaves a hole before it"
        throw FileError(
          path, "tensor \(quoted(entry.name)) \(what): expected offset \(position), found \(entry.start)",
          advice: "do not trust this file")
      }
      guard entry.end <= size - origin else {
        throw FileError(
          path,
          "is truncated: tensor \(quoted(entry.name)) ends at byte \(entry.end) of the data, found "
            + "\(size - origin)", advice: "download or copy it again")
      }
      tensors.append(
        Tensor(
          name: entry.name, type: entry.type, shape: entry.shape,
          bytes: origin + entry.start..<origin + entry.end))
      position = entry.end
    }
    guard position == size - origin else {
      throw FileError(
        path, "has bytes after the last tensor: expected \(position) bytes of data, found \(size - origin)",
        advice: "download or copy it again")
    }
    return tensors
  }
}
