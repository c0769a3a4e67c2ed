/// A product of what lies along the last axis with a kernel: input features × units.
public struct Dense: ActivatedLayer {
  public static let className = "Dense"

  /// Values of the output.
  public var units: Int
  /// Applied to the result.
  public var activation: ActivationFunction
  /// Whether a number is added to each channel.
  public var useBias: Bool

  /// With Keras' arguments, under Keras' names.
  public init(units: Int, activation: ActivationFunction = .linear, useBias: Bool = true) {
    self.units = units
    self.activation = activation
    self.useBias = useBias
  }

  enum CodingKeys: String, CodingKey {
    case units, activation
    case useBias = "use_bias"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    try require("units", units)
    return try activation.outputShape(of: Shape(input.dimensions.dropLast() + [units]))
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    [.kernel([inputs[0].channels, units])] + (useBias ? [.bias(units)] : [])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let product = lowering.dense(inputs[0], units: units, bias: useBias ? "bias" : nil)
    return lowering.apply(activation, to: product)
  }
}
