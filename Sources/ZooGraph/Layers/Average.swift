/// The mean of inputs.
public struct Average: LayerKind {
  public static let className = "Average"

  /// A layer without parameters.
  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let sum = try lowering.combineAll(inputs, .add)
    return lowering.scale(sum, by: 1 / Double(inputs.count))
  }
}
