/// Each picture's values along some axes brought to mean 0 and variance 1 (Ba et al., 2016).
public struct LayerNormalization: LayerKind {
  public static let className = "LayerNormalization"

  /// Counted from a picture's first, in rising order; `nil` for the last one.
  public var axis: [Int]?
  /// Added to the variance, so that nothing is divided by zero.
  public var epsilon: Double
  /// Whether there is a `beta`.
  public var center: Bool
  /// Whether there is a `gamma`.
  public var scale: Bool
  /// Whether values are divided by their deviation only, times `gamma`. (Keras takes the deviation from the mean, which
  /// it does not take away.)
  public var rmsScaling: Bool

  /// With Keras' arguments, under Keras' names.
  public init(
    axis: [Int]? = nil, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
    rmsScaling: Bool = false
  ) {
    self.axis = axis
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    self.rmsScaling = rmsScaling
  }

  enum CodingKeys: String, CodingKey {
    case axis, epsilon, center, scale
    case rmsScaling = "rms_scaling"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    try requireEpsilon(epsilon)
    let axes = axes(of: input)
    guard !axes.isEmpty, axes == Array(Set(axes)).sorted(), axes.allSatisfy(input.dimensions.indices.contains)
    else {
      throw GraphError("the axes \(axes) are none of \(input)")
    }
    return input
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let shape = axes(of: inputs[0]).map { inputs[0].dimensions[$0] }
    let gamma = WeightSpec("gamma", shape, .scale)
    if rmsScaling { return [gamma] }
    return (scale ? [gamma] : []) + (center ? [WeightSpec("beta", shape, .shift)] : [])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let axes = axes(of: input)
    let normalized = lowering.normalize(
      inputs[0], rmsScaling ? .deviation : .standard, axes: axes, epsilon: epsilon)
    let weights = Shape(input.dimensions.indices.map { axes.contains($0) ? input.dimensions[$0] : 1 })
    return try lowering.scaleAndShift(
      normalized, scale: scale || rmsScaling ? "gamma" : nil, shift: center && !rmsScaling ? "beta" : nil,
      weights)
  }

  private func axes(of input: Shape) -> [Int] { axis ?? [input.rank - 1] }
}
