/// Batch normalisation over the channels, or another axis (Ioffe and Szegedy, 2015).
///
/// In inference mode `gamma · (x − moving_mean) / sqrt(moving_variance + epsilon) + beta`.
public struct BatchNormalization: LayerKind {
  public static let className = "BatchNormalization"

  /// Added to the variance, so that nothing is divided by zero.
  public var epsilon: Double
  /// How slowly the moving statistics follow in training.
  public var momentum: Double
  /// Whether there is a `beta`.
  public var center: Bool
  /// Whether there is a `gamma`.
  public var scale: Bool
  /// The axis that has statistics of its own for each step, counted from a picture's first; `nil` for the last one.
  public var axis: Int?

  /// Keras' defaults.
  public init(
    epsilon: Double = 1e-3, momentum: Double = 0.99, center: Bool = true, scale: Bool = true,
    axis: Int? = nil
  ) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.center = center
    self.scale = scale
    self.axis = axis
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard epsilon > 0, epsilon <= 1 else {
      throw GraphError("epsilon must be above 0 and at most 1, found \(epsilon)")
    }
    guard (0...1).contains(momentum) else {
      throw GraphError("momentum must be between 0 and 1, found \(momentum)")
    }
    let input = try single(inputs)
    guard (0..<max(1, input.rank)).contains(axis ?? 0) else {
      throw GraphError("axis \(axis ?? 0) is none of \(input)")
    }
    return input
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let shape = [axis.map { inputs[0].dimensions[$0] } ?? inputs[0].channels]
    // Keras 1 said `running_std` of what was a variance.
    return (scale ? [WeightSpec("gamma", shape, .scale)] : [])
      + (center ? [WeightSpec("beta", shape, .shift)] : [])
      + [
        WeightSpec("moving_mean", shape, .mean, spellings: ["running_mean"]),
        WeightSpec("moving_variance", shape, .variance, spellings: ["running_var", "running_std"]),
      ]
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let axis = axis ?? lowering.shape(of: inputs[0]).rank - 1
    let last = lowering.moveToEnd(axis, of: inputs[0])
    let normalized = lowering.add(.affine([.batchNormalization(layer: lowering.owner, self)]), to: last)
    return lowering.moveFromEnd(to: axis, of: normalized)
  }
}
