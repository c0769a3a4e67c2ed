/// The type of a tensor's elements, spelled as in NumPy and Keras.
public enum ElementType: String, Sendable, Codable, CaseIterable {
  /// Floating-point numbers.
  case float16, bfloat16, float32, float64
  /// Whole numbers with a sign.
  case int8, int16, int32, int64
  /// Whole numbers without a sign.
  case uint8, uint16, uint32, uint64
  /// A byte that is 0 or 1.
  case bool

  /// Bytes per element.
  public var size: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }
}
