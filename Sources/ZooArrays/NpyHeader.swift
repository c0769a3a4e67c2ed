import ZooGraph
import ZooSystem

/// What the first bytes of a `.npy` array say: the type of the elements and the shape.
///
/// Source: NumPy Enhancement Proposal 1 and `numpy.lib.format`, versions 1.0, 2.0 and 3.0.
public struct NpyHeader: Sendable, Equatable {
  /// What an array has at each place.
  public enum Element: Sendable, Equatable, CustomStringConvertible {
    /// A number or a truth value.
    case number(ElementType)
    /// Unicode text (`<U…`) of at most `width` scalars, 4 bytes each.
    case text(width: Int)

    /// Bytes per element.
    public var size: Int {
      switch self {
      case .number(let type): type.size
      case .text(let width): 4 * width
      }
    }

    public var description: String {
      switch self {
      case .number(let type): type.rawValue
      case .text(let width): "text of \(width) characters"
      }
    }
  }

  /// What the array has at each place.
  public let element: Element
  /// In C order: the last dimension lies together.
  public let shape: [Int]
  /// Bytes before the first element.
  let dataOffset: Int
  /// Bytes of all elements.
  let dataBytes: Int

  /// Dimension 0; 1 for a single value.
  public var rows: Int { shape.first ?? 1 }
  /// The dimensions after the first.
  public var rowShape: [Int] { Array(shape.dropFirst()) }
  /// Bytes of one row.
  public var rowBytes: Int { rowElements * element.size }
  /// Elements of one row.
  public var rowElements: Int { rowShape.reduce(1, *) }

  /// The spelling NumPy uses for `element`.
  static func description(of element: Element) -> String? {
    switch element {
    case .text(let width): "<U\(width)"
    case .number(let type): codes.first { $0.type == type }?.code
    }
  }

  /// NumPy has no bfloat16.
  static let codes: [(code: String, type: ElementType)] = [
    ("<f2", .float16), ("<f4", .float32), ("<f8", .float64), ("|i1", .int8), ("<i2", .int16), ("<i4", .int32),
    ("<i8", .int64), ("|u1", .uint8), ("<u2", .uint16), ("<u4", .uint32), ("<u8", .uint64), ("|b1", .bool),
  ]
}

extension NpyHeader {
  /// Reads a header from the start of `size` bytes, which it must account for exactly.
  ///
  /// `next` gives the following `count` bytes and throws where there are fewer; `name` is what errors speak
  /// of: the path, with the member of an archive.
  static func read(
    _ name: String, size: Int, next: (_ count: Int) throws(FileError) -> [UInt8]
  ) throws(FileError) -> NpyHeader {
    let start = try next(min(10, size))
    guard start.starts(with: magic) else {
      let advice = "write it with numpy.save(path, array)"
      guard size > 0 else { throw FileError(name, "is empty", advice: advice) }
      throw FileError(name, isNot: "a .npy array", head: start, advice: advice)
    }
    guard start.count == 10 else {
      throw FileError(name, "ends within the header, after \(size) bytes", advice: "copy it again")
    }
    let version = start[6]
    guard (1...3).contains(version), start[7] == 0 else {
      throw FileError(
        name, "has .npy format version \(version).\(start[7]), known are 1.0, 2.0 and 3.0",
        advice: "save it again with numpy.save")
    }
    let more = version == 1 ? [] : try next(min(2, size - 10))
    let length = (start[8...] + more).reversed().reduce(0) { $0 << 8 | Int($1) }
    let dataOffset = 10 + more.count + length
    guard length <= longestHeader else {
      throw FileError(name, "has a header of \(length) bytes, more than the \(longestHeader) allowed")
    }
    guard dataOffset <= size else {
      throw FileError(
        name, "ends within the header: expected \(dataOffset) bytes at least, found \(size)",
        advice: "copy it again")
    }
    let (element, shape) = try NpyHeaderParser.parse(next(length), name)
    guard let dataBytes = byteCount(of: shape, elementSize: element.size) else {
      throw FileError(name, "has the impossible shape \(shape)", advice: "save it again with numpy.save")
    }
    guard dataBytes == size - dataOffset else {
      let found = size - dataOffset
      let what = found < dataBytes ? "is truncated" : "has bytes after the array"
      throw FileError(
        name, "\(what): shape \(shape) takes \(dataBytes) bytes, found \(found)",
        advice: found < dataBytes ? "copy it again" : "save one array per file with numpy.save")
    }
    return NpyHeader(element: element, shape: shape, dataOffset: dataOffset, dataBytes: dataBytes)
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Numbers and text need less than 200 bytes; only tables with many columns need thousands.
  private static let longestHeader = 1 << 16

  /// The header of an array of `rows` rows; equally long for every number of rows, a multiple of 64 bytes as
  /// NumPy wants it for memory mapping. `nil` for types NumPy does not have.
  static func encode(_ element: Element, rows: Int, rowShape: [Int]) -> [UInt8]? {
    guard let description = description(of: element) else { return nil }
    func text(_ rows: Int) -> String {
      let shape =
        rowShape.isEmpty ? "(\(rows),)" : "(\(([rows] + rowShape).map(String.init).joined(separator: ", ")))"
      return "{'descr': '\(description)', 'fortran_order': False, 'shape': \(shape), }"
    }
    let total = (10 + text(.max).utf8.count + 1 + 63) / 64 * 64
    guard total - 10 <= UInt16.max else { return nil }
    var bytes = magic + [1, 0, UInt8((total - 10) & 0xFF), UInt8((total - 10) >> 8)] + Array(text(rows).utf8)
    bytes += [UInt8](repeating: 0x20, count: total - bytes.count - 1) + [0x0A]
    return bytes
  }
}
