/// What a weight does in its layer, whatever it is called.
public enum WeightRole: String, Sendable, Codable {
  /// Of a product or a convolution: what inputs are multiplied with and summed up.
  case kernel
  /// Added at the end of a product or a convolution.
  case bias
  /// `gamma` of a normalization.
  case scale
  /// `beta` of a normalization.
  case shift
  /// Statistics that batches move, not gradients.
  case mean, variance
  /// How many values statistics were counted from.
  case counter

  /// Whether gradient descent changes it when its layer is trainable.
  public var isTrained: Bool {
    switch self {
    case .kernel, .bias, .scale, .shift: true
    case .mean, .variance, .counter: false
    }
  }
}

/// A weight that a layer owns.
public struct WeightSpec: Sendable, Hashable {
  /// Keras' name of the variable: `kernel`, `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`.
  public var name: String
  /// Keras' shape: a convolution kernel is height × width × input channels × filters.
  public var shape: [Int]
  /// What it is for.
  public var role: WeightRole
  /// What files have called the variable at one time or another.
  public var spellings: [String]
  /// The layer within the layer that Keras keeps it in.
  public var part: String?

  /// - Parameter role: what it is for.
  public init(
    _ name: String, _ shape: [Int], _ role: WeightRole, spellings: [String] = [], part: String? = nil
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.spellings = [name] + spellings
    self.part = part
  }

  /// Keras 1 called it `W`.
  public static func kernel(_ shape: [Int], spellings: [String] = []) -> WeightSpec {
    WeightSpec("kernel", shape, .kernel, spellings: spellings + ["W"])
  }

  /// What is added to each of `count` channels.
  public static func bias(_ count: Int) -> WeightSpec {
    WeightSpec("bias", [count], .bias, spellings: ["b"])
  }

  /// Whether gradient descent changes it when its layer is trainable.
  public var trainable: Bool { role.isTrained }

  /// The number of values. Exact: shape inference has bounded every dimension.
  public var elementCount: Int { elementCountOf(shape) ?? .max }
}

/// Where an engine gets a graph's weights from: a `.zoo` file, an import, random values in a test.
public protocol WeightSource {
  /// Calls `body` with the values of one weight, as float32 in row-major order of its Keras shape.
  ///
  /// - Throws: where the weight is missing or cannot be read, and what `body` throws.
  func withWeight<Result>(
    layer: String, weight: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result
}
