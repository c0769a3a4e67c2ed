/// A message in the wire format of Protocol Buffers, put together field by field.
///
/// Lengths are bytes, so a text can hold anything without breaking what surrounds it.
struct ProtobufMessage: Sendable, Equatable {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case lengthDelimited = 2
    case fixed32 = 5
  }

  private mutating func append(tag field: Int, _ type: WireType) {
    append(varint: UInt64(field) << 3 | type.rawValue)
  }

  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A number below 0 takes ten bytes, as the format has it.
  mutating func add(_ field: Int, _ value: Int) {
    append(tag: field, .varint)
    append(varint: UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ values: [Int]) {
    for value in values { add(field, value) }
  }

  mutating func add(_ field: Int, _ value: Float) {
    append(tag: field, .fixed32)
    bytes += (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, message.bytes) }

  mutating func add(_ field: Int, _ content: [UInt8]) {
    open(field, length: content.count)
    bytes += content
  }

  /// The head of a field whose `length` bytes follow from elsewhere.
  mutating func open(_ field: Int, length: Int) {
    append(tag: field, .lengthDelimited)
    append(varint: UInt64(length))
  }
}
