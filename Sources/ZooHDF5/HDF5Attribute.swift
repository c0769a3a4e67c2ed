/// A named value attached to a group or a dataset.
public struct HDF5Attribute: Sendable, Equatable {
  /// What an attribute holds.
  public enum Value: Sendable, Equatable {
    /// Texts.
    case strings([String])
    /// Integers of any width, and NumPy's booleans as 0 and 1.
    case integers([Int64])
    /// Floating-point numbers.
    case floats([Double])
    /// A value of another type: what it is, for a person to read.
    case other(String)

    /// Elements; 0 for `other`.
    public var count: Int {
      switch self {
      case .strings(let values): values.count
      case .integers(let values): values.count
      case .floats(let values): values.count
      case .other: 0
      }
    }
  }

  /// Its name.
  public var name: String
  /// The elements in row-major order.
  public var value: Value
  /// Empty for a scalar.
  public var shape: [Int]
  /// Whether strings have a length each (as h5py stores `str`) or one for all (as it stores byte strings).
  public var isVariableLength: Bool

  /// - Parameter isVariableLength: whether texts are stored with lengths of their own.
  public init(_ name: String, _ value: Value, shape: [Int], isVariableLength: Bool = false) {
    self.name = name
    self.value = value
    self.shape = shape
    self.isVariableLength = isVariableLength
  }

  /// One string, stored as h5py stores a Python `str`.
  public static func text(_ name: String, _ text: String) -> HDF5Attribute {
    HDF5Attribute(name, .strings([text]), shape: [], isVariableLength: true)
  }

  /// A list of names, stored as Keras stores `layer_names` and `weight_names`: byte strings of one length,
  /// and an empty list as no numbers.
  public static func names(_ name: String, _ names: [String]) -> HDF5Attribute {
    HDF5Attribute(name, names.isEmpty ? .floats([]) : .strings(names), shape: [names.count])
  }

  /// One whole number.
  public static func integer(_ name: String, _ value: Int64) -> HDF5Attribute {
    HDF5Attribute(name, .integers([value]), shape: [])
  }

  /// One floating-point number.
  public static func float(_ name: String, _ value: Double) -> HDF5Attribute {
    HDF5Attribute(name, .floats([value]), shape: [])
  }

  /// The string of a scalar or of an array with one element.
  public var string: String? {
    guard case .strings(let values) = value, values.count == 1 else { return nil }
    return values.first
  }

  /// The strings of a scalar or an array. An empty array has none, whatever its type: Keras stores an empty
  /// `weight_names` as an array of floats.
  public var strings: [String]? {
    switch value {
    case .strings(let values): values
    case .integers([]), .floats([]): []
    default: nil
    }
  }
}
