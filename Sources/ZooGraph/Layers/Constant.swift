/// Numbers that are part of the network.
public struct Constant: LayerKind {
  public static let className = "Constant"

  /// Without the batch.
  public var shape: Shape
  /// In row-major order.
  public var values: [Float]

  /// With Keras' arguments, under Keras' names.
  public init(shape: Shape, values: [Float]) {
    self.shape = shape
    self.values = values
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.isEmpty else { throw GraphError("takes no input, found \(inputs.count)") }
    for dimension in shape.dimensions { try require("shape", dimension) }
    guard shape.elementCount == values.count, values.allSatisfy(\.isFinite) else {
      throw GraphError("needs \(shape.elementCount ?? 0) finite values for \(shape), found \(values.count)")
    }
    return shape
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.add(.constant(values), [], shape)
  }
}
