/// A fully connected layer. `kernel`: input features × units.
public struct Dense: LayerKind {
  public static let className = "Dense"

  public var units: Int
  public var activation: ActivationFunction
  public var useBias: Bool

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
    guard input.rank == 1 else {
      throw GraphError("takes a vector, found shape \(input); put a pooling or Flatten layer before it")
    }
    return .vector(units)
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    [.kernel([inputs[0].channels, units])] + (useBias ? [.bias(units)] : [])
  }
}
