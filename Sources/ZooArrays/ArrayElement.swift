import ZooGraph

/// A Swift type whose values lie in memory as the elements of an array file do.
public protocol ArrayElement: BitwiseCopyable, Sendable {
  /// Under which it is stored.
  static var elementType: ElementType { get }
}

extension Float: ArrayElement { public static var elementType: ElementType { .float32 } }
extension Double: ArrayElement { public static var elementType: ElementType { .float64 } }
extension Int8: ArrayElement { public static var elementType: ElementType { .int8 } }
extension Int16: ArrayElement { public static var elementType: ElementType { .int16 } }
extension Int32: ArrayElement { public static var elementType: ElementType { .int32 } }
extension Int64: ArrayElement { public static var elementType: ElementType { .int64 } }
extension UInt8: ArrayElement { public static var elementType: ElementType { .uint8 } }
extension UInt16: ArrayElement { public static var elementType: ElementType { .uint16 } }
extension UInt32: ArrayElement { public static var elementType: ElementType { .uint32 } }
extension UInt64: ArrayElement { public static var elementType: ElementType { .uint64 } }

extension ElementType {
  /// Little-endian elements as integers; `nil` for the types that are not whole numbers and for values of
  /// `uint64` beyond `Int64`.
  func integers(_ bytes: UnsafeRawBufferPointer) -> [Int64]? {
    let count = bytes.count / size
    var failed = false
    let values = [Int64](unsafeUninitializedCapacity: count) { integers, initialized in
      switch self {
      case .int8: map(bytes, integers) { (value: Int8) in Int64(value) }
      case .int16: map(bytes, integers) { (value: Int16) in Int64(value) }
      case .int32: map(bytes, integers) { (value: Int32) in Int64(value) }
      case .int64: map(bytes, integers) { (value: Int64) in value }
      case .uint8: map(bytes, integers) { (value: UInt8) in Int64(value) }
      case .uint16: map(bytes, integers) { (value: UInt16) in Int64(value) }
      case .uint32: map(bytes, integers) { (value: UInt32) in Int64(value) }
      case .uint64:
        map(bytes, integers) { (value: UInt64) in
          failed = failed || value > Int64.max
          return Int64(truncatingIfNeeded: value)
        }
      case .bool: map(bytes, integers) { (value: UInt8) in value == 0 ? 0 : 1 }
      case .float16, .bfloat16, .float32, .float64: failed = true
      }
      initialized = failed ? 0 : count
    }
    return failed ? nil : values
  }
}

/// The bytes of `values`, borrowed for the duration of `body`.
func withBytes<Element: ArrayElement, Result, Failure: Error>(
  of values: [Element], _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
) throws(Failure) -> Result {
  try values.withUnsafeBufferPointer { values throws(Failure) in try body(UnsafeRawBufferPointer(values)) }
}

/// The bytes an array of `shape` takes, or `nil` where they, or those of one row, cannot be counted.
func byteCount(of shape: [Int], elementSize: Int) -> Int? {
  guard let row = elementCountOf(Array(shape.dropFirst())), let all = elementCountOf(shape),
    !row.multipliedReportingOverflow(by: elementSize).overflow
  else { return nil }
  let (bytes, overflow) = all.multipliedReportingOverflow(by: elementSize)
  return overflow ? nil : bytes
}
