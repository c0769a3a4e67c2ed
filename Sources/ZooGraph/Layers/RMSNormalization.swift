/// Values along some axes divided by the root of their mean square, times `scale` (Zhang and Sennrich, 2019).
public struct RMSNormalization: LayerKind {
  public static let className = "RMSNormalization"

  /// Counted from a picture's first, in rising order; `nil` for the last one.
  public var axis: [Int]?
  /// Added to the variance, so that nothing is divided by zero.
  public var epsilon: Double

  /// With Keras' arguments, under Keras' names.
  public init(axis: [Int]? = nil, epsilon: Double = 1e-6) {
    self.axis = axis
    self.epsilon = epsilon
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try LayerNormalization(axis: axis, epsilon: epsilon).outputShape(of: inputs)
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    [WeightSpec("scale", (axis ?? [inputs[0].rank - 1]).map { inputs[0].dimensions[$0] }, .scale)]
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let axes = axis ?? [input.rank - 1]
    let normalized = lowering.normalize(inputs[0], .rootMeanSquare, axes: axes, epsilon: epsilon)
    let weights = Shape(input.dimensions.indices.map { axes.contains($0) ? input.dimensions[$0] : 1 })
    return try lowering.scaleAndShift(normalized, scale: "scale", shift: nil, weights)
  }
}
