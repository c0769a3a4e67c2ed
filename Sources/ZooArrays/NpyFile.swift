import ZooGraph
import ZooSystem

/// A `.npy` array read row by row, at random, from any thread.
public final class NpyFile: Sendable {
  /// What the array is.
  public let header: NpyHeader
  private let file: InputFile

  /// Reads and checks the header.
  ///
  /// - Throws: `FileError` unless the file is a C-ordered, little-endian array of numbers, booleans or text
  ///   and exactly as long as its header says.
  public init(_ path: String) throws(FileError) {
    let file = try InputFile(path)
    var position = 0
    header = try NpyHeader.read(path, size: file.size) { count throws(FileError) in
      defer { position += count }
      return try file.bytes(at: position, count: count)
    }
    self.file = file
  }

  /// As it was opened.
  public var path: String { file.path }
  /// The first dimension.
  public var rows: Int { header.rows }

  /// Reads the bytes of rows `rows` into `buffer`, which must hold them exactly.
  public func read(rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    try check(rows)
    guard buffer.count == rows.count * header.rowBytes else {
      throw FileError(
        path, "\(rows.count) rows take \(rows.count * header.rowBytes) bytes, not \(buffer.count)")
    }
    try file.read(into: buffer, at: header.dataOffset + rows.lowerBound * header.rowBytes)
  }

  /// The bytes of rows `rows`.
  public func bytes(rows: Range<Int>) throws(FileError) -> [UInt8] {
    try check(rows)
    return try file.bytes(
      at: header.dataOffset + rows.lowerBound * header.rowBytes, count: rows.count * header.rowBytes)
  }

  /// Reads rows `rows` as floats into `floats`, which must hold them exactly.
  public func read(rows: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>) throws(FileError) {
    try check(rows)
    let type = try numbers()
    guard floats.count == rows.count * header.rowElements else {
      throw FileError(
        path, "\(rows.count) rows have \(rows.count * header.rowElements) elements, not \(floats.count)")
    }
    let offset = header.dataOffset + rows.lowerBound * header.rowBytes
    if type == .float32 {
      return try file.read(into: UnsafeMutableRawBufferPointer(floats), at: offset)
    }
    var done = 0
    while done < floats.count {
      let count = min(1 << 16, floats.count - done)
      let piece = try file.bytes(at: offset + done * type.size, count: count * type.size)
      withBytes(of: piece) {
        type.convert($0, to: UnsafeMutableBufferPointer(rebasing: floats[done..<done + count]))
      }
      done += count
    }
  }

  /// Rows `rows` as floats.
  public func floats(rows: Range<Int>) throws(FileError) -> [Float] {
    try check(rows)
    _ = try numbers()
    let count = rows.count * header.rowElements
    var failure: FileError?
    let floats = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(FileError) {
        try read(rows: rows, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return floats
  }

  /// All elements of an array of whole numbers.
  public func integers() throws(FileError) -> [Int64] {
    try NpyContents.integers(bytes(rows: 0..<rows), header, path)
  }

  /// All elements of an array of text.
  public func strings() throws(FileError) -> [String] {
    try NpyContents.strings(bytes(rows: 0..<rows), header, path)
  }

  private func check(_ range: Range<Int>) throws(FileError) {
    guard range.lowerBound >= 0, range.upperBound <= rows else {
      throw FileError(path, "has rows 0..<\(rows), not \(range)")
    }
  }

  private func numbers() throws(FileError) -> ElementType {
    try NpyContents.numbers(header, path)
  }
}

/// Elements of an array already in memory.
enum NpyContents {
  static func numbers(_ header: NpyHeader, _ name: String) throws(FileError) -> ElementType {
    guard case .number(let type) = header.element else {
      throw FileError(name, "holds text, expected numbers", advice: "choose another array")
    }
    return type
  }

  static func integers(_ bytes: [UInt8], _ header: NpyHeader, _ name: String) throws(FileError) -> [Int64] {
    let type = try numbers(header, name)
    guard let integers = withBytes(of: bytes, { type.integers($0) }) else {
      throw FileError(
        name, "holds \(type.rawValue) values, expected whole numbers of 64 bits",
        advice: "in Python: array.astype('int64')")
    }
    return integers
  }

  /// Text is padded with zeros to its width.
  static func strings(_ bytes: [UInt8], _ header: NpyHeader, _ name: String) throws(FileError) -> [String] {
    guard case .text(let width) = header.element else {
      throw FileError(name, "holds numbers, expected text", advice: "in Python: array.astype(str)")
    }
    let strings = withBytes(of: bytes) { bytes -> [String]? in
      var strings: [String] = []
      for start in stride(from: 0, to: bytes.count, by: 4 * width) {
        var units = (0..<width).map { bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: UInt32.self) }
        while units.last == 0 { units.removeLast() }
        guard let string = String(validating: units, as: UTF32.self) else { return nil }
        strings.append(string)
      }
      return strings
    }
    guard let strings else {
      throw FileError(name, "holds text that is not Unicode", advice: "save it again with numpy")
    }
    return strings
  }
}
