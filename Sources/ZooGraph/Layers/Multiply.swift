/// The product of inputs.
public struct Multiply: LayerKind {
  public static let className = "Multiply"

  /// A layer without parameters.
  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combineAll(inputs, .multiply)
  }
}
