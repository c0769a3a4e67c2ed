/// Batch normalisation over the channels (Ioffe and Szegedy, 2015).
///
/// In inference mode `gamma · (x − moving_mean) / sqrt(moving_variance + epsilon) + beta`.
public struct BatchNormalization: LayerKind {
  public static let className = "BatchNormalization"

  public var epsilon: Double
  public var momentum: Double
  /// Whether there is a `beta`.
  public var center: Bool
  /// Whether there is a `gamma`.
  public var scale: Bool

  /// Keras' defaults.
  public init(epsilon: Double = 1e-3, momentum: Double = 0.99, center: Bool = true, scale: Bool = true) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.center = center
    self.scale = scale
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard epsilon > 0, epsilon <= 1 else {
      throw GraphError("epsilon must be above 0 and at most 1, found \(epsilon)")
    }
    guard (0...1).contains(momentum) else {
      throw GraphError("momentum must be between 0 and 1, found \(momentum)")
    }
    return try single(inputs)
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let shape = [inputs[0].channels]
    // Keras 1 said `running_std` of what was a variance.
    return (scale ? [WeightSpec("gamma", shape, .scale)] : [])
      + (center ? [WeightSpec("beta", shape, .shift)] : [])
      + [
        WeightSpec("moving_mean", shape, .mean, spellings: ["running_mean"]),
        WeightSpec("moving_variance", shape, .variance, spellings: ["running_var", "running_std"]),
      ]
  }
}
