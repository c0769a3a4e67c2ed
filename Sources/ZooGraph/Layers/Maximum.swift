/// The largest of inputs, value by value.
public struct Maximum: LayerKind {
  public static let className = "Maximum"

  /// A layer without parameters.
  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combineAll(inputs, .maximum)
  }
}
