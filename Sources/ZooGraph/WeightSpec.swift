/// A weight that a layer owns.
public struct WeightSpec: Sendable, Hashable, Codable {
  /// Keras' name of the variable: `kernel`, `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`.
  public var name: String
  /// Keras' shape: a convolution kernel is height × width × input channels × filters.
  public var shape: [Int]
  /// Whether gradient descent changes it when its layer is trainable (not so: BatchNorm's statistics).
  public var trainable: Bool

  public init(_ name: String, _ shape: [Int], trainable: Bool = true) {
    self.name = name
    self.shape = shape
    self.trainable = trainable
  }

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
