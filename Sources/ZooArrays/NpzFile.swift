import ZooGraph
import ZooSystem

/// The arrays of a `.npz` file, stored (`numpy.savez`) or deflated (`numpy.savez_compressed`).
///
/// For one thread at a time.
public final class NpzFile {
  /// The names of the arrays in the order of the archive, without `.npy`.
  public let names: [String]
  private let archive: ZipArchive

  /// - Throws: `FileError` as `ZipArchive`.
  public init(_ path: String) throws(FileError) {
    archive = try ZipArchive(path)
    names = archive.entries.map(\.name).filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
  }

  /// As it was opened.
  public var path: String { archive.path }

  /// The array `name`, to be read from start to end.
  ///
  /// - Throws: `FileError` that names the arrays there are, or as `NpyFile`.
  public func array(_ name: String) throws(FileError) -> NpzArray {
    guard names.contains(name) else {
      let known = names.prefix(12).map(quoted).joined(separator: ", ")
      throw FileError(path, "has no array \(quoted(name)), it has \(known.isEmpty ? "none" : known)")
    }
    let entry = try archive.entry(name + ".npy")
    return try NpzArray("\(path): array \(quoted(name))", size: entry.size, archive.stream(entry))
  }

  /// All elements of the array `name` as floats; refused when the array takes more than `limit` bytes.
  public func floats(_ name: String, limit: Int) throws(FileError) -> [Float] {
    let array = try array(name)
    try array.check(limit)
    return try array.floats(rows: array.header.rows, reserving: limit)
  }

  /// All elements of the array `name` of whole numbers.
  public func integers(_ name: String, limit: Int) throws(FileError) -> [Int64] {
    let array = try array(name)
    return try NpyContents.integers(array.all(limit: limit), array.header, array.name)
  }

  /// All elements of the array `name` of text.
  public func strings(_ name: String, limit: Int) throws(FileError) -> [String] {
    let array = try array(name)
    return try NpyContents.strings(array.all(limit: limit), array.header, array.name)
  }
}

/// An array of a `.npz` file, read row by row from start to end.
public final class NpzArray {
  /// What the array is.
  public let header: NpyHeader
  /// Rows read so far.
  public private(set) var position = 0
  /// What errors speak of.
  let name: String
  private let stream: ZipStream

  fileprivate init(_ name: String, size: Int, _ stream: ZipStream) throws(FileError) {
    header = try NpyHeader.read(name, size: size) { count throws(FileError) in try stream.bytes(count) }
    self.name = name
    self.stream = stream
    if header.rows == 0 { try stream.finish() }
  }

  /// Reads the next rows: as many as fit into `buffer` and are left; gives their number. The checksum is
  /// checked with the last row.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    guard header.rowBytes > 0 else { throw FileError(name, "has empty rows") }
    let count = min(buffer.count / header.rowBytes, header.rows - position)
    try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<(count * header.rowBytes)]))
    position += count
    if count > 0, position == header.rows { try stream.finish() }
    return count
  }

  /// The next `count` rows, fewer at the end, as floats.
  public func floats(rows count: Int) throws(FileError) -> [Float] {
    try floats(rows: count, reserving: 1 << 20)
  }

  /// Reserves memory for no more bytes of the array than `limit`; beyond, it grows with what is really there.
  fileprivate func floats(rows count: Int, reserving limit: Int) throws(FileError) -> [Float] {
    let type = try NpyContents.numbers(header, name)
    let rows = max(0, min(count, header.rows - position))
    let elements = rows * header.rowElements
    var floats: [Float] = []
    floats.reserveCapacity(min(elements, limit / type.size))
    while floats.count < elements {
      let piece = try stream.bytes(min(1 << 16, elements - floats.count) * type.size)
      floats += withBytes(of: piece) { bytes in
        [Float](unsafeUninitializedCapacity: bytes.count / type.size) { floats, initialized in
          type.convert(bytes, to: floats)
          initialized = bytes.count / type.size
        }
      }
    }
    position += rows
    if rows > 0, position == header.rows { try stream.finish() }
    return floats
  }

  fileprivate func check(_ limit: Int) throws(FileError) {
    guard header.dataBytes <= limit else {
      throw FileError(name, "has \(header.dataBytes) bytes, more than the \(limit) allowed here")
    }
  }

  /// The bytes of all rows; to be called before any is read.
  fileprivate func all(limit: Int) throws(FileError) -> [UInt8] {
    try check(limit)
    let bytes = try stream.bytes(header.dataBytes)
    if header.rows > 0 { try stream.finish() }
    return bytes
  }
}

extension ZipStream {
  /// The next `count` bytes. Memory grows with what is really there.
  func bytes(_ count: Int) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let start = bytes.count
      bytes += repeatElement(0, count: min(count - start, max(1 << 16, start)))
      try bytes.withUnsafeMutableBytes(from: start) { piece throws(FileError) in try read(into: piece) }
    }
    return bytes
  }
}

extension [UInt8] {
  /// The bytes from `start` on, to be overwritten.
  fileprivate mutating func withUnsafeMutableBytes(
    from start: Int, _ body: (UnsafeMutableRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    try withUnsafeMutableBufferPointer { all throws(FileError) in
      try body(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: all[start...])))
    }
  }
}
