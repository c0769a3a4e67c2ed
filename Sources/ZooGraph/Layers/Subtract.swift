/// The first of two inputs less the second.
public struct Subtract: LayerKind {
  public static let className = "Subtract"

  /// A layer without parameters.
  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs, counts: 2...2)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combineAll(inputs, .subtract)
  }
}
