/// Sets a share `rate` of the values to zero while training; does nothing in inference.
public struct Dropout: LayerKind {
  public static let className = "Dropout"

  public var rate: Double

  public init(rate: Double) {
    self.rate = rate
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard rate >= 0, rate < 1 else { throw GraphError("rate must be at least 0 and below 1, found \(rate)") }
    return try single(inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.add(.dropout(rate: rate), to: inputs[0])
  }

  public var isIdentity: Bool { true }
  public var isRandom: Bool { rate > 0 }
}
