/// Fields of a message in the wire format of Protocol Buffers, one after the other. Nothing in them is trusted.
///
/// Contents are given as where they are, so that a large tensor is never copied.
struct ProtobufReader {
  enum Value: Equatable {
    case number(UInt64)
    case bits32(UInt32)
    case bits64(UInt64)
    case content(Range<Int>)
  }

  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int

  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.bytes = bytes
    (position, end) = (range.lowerBound, range.upperBound)
  }

  /// The next field, `nil` behind the last one.
  ///
  /// - Throws: `ONNXDamage` where the bytes are no field.
  mutating func next() throws(ONNXDamage) -> (field: Int, value: Value)? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    guard let field = Int(exactly: tag >> 3), (1..<1 << 29).contains(field) else {
      throw ONNXDamage(start, "a field has the number \(tag >> 3)")
    }
    switch tag & 7 {
    case 0: return (field, .number(try varint()))
    case 1: return (field, .bits64(try fixed(8)))
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else {
        throw ONNXDamage(start, "field \(field) has \(length) bytes, but \(end - position) are left")
      }
      let content = position..<position + Int(length)
      position = content.upperBound
      return (field, .content(content))
    case 5: return (field, .bits32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw ONNXDamage(start, "field \(field) is of the unknown kind \(tag & 7)")
    }
  }

  /// Numbers that a field holds together, or the one that it is.
  ///
  /// - Throws: `ONNXDamage` for more than `limit` of them.
  static func numbers(
    _ value: Value, in bytes: UnsafeRawBufferPointer, limit: Int
  ) throws(ONNXDamage) -> [UInt64] {
    switch value {
    case .number(let number): return [number]
    case .content(let range):
      var reader = ProtobufReader(bytes, range)
      var numbers: [UInt64] = []
      while reader.position < reader.end {
        guard numbers.count < limit else {
          throw ONNXDamage(range.lowerBound, "more than \(limit) numbers are listed")
        }
        numbers.append(try reader.varint())
      }
      return numbers
    case .bits32, .bits64: throw ONNXDamage(0, "a whole number is stored as a fraction")
    }
  }

  private mutating func varint() throws(ONNXDamage) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard position < end else { throw ONNXDamage(position, "a number is cut off") }
      let byte = bytes[position]
      position += 1
      guard shift < 63 || byte <= 1 else { break }
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw ONNXDamage(position, "a number has more than 64 bits")
  }

  private mutating func fixed(_ count: Int) throws(ONNXDamage) -> UInt64 {
    guard end - position >= count else { throw ONNXDamage(position, "a number is cut off") }
    defer { position += count }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }
}

/// Where a file is no ONNX model, and why.
struct ONNXDamage: Error, Equatable {
  var position: Int
  var reason: String

  init(_ position: Int, _ reason: String) {
    self.position = position
    self.reason = reason
  }
}
