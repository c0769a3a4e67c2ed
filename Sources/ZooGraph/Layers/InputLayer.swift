/// Where a picture enters: float32 values, preprocessed as the base wants.
public struct InputLayer: LayerKind {
  public static let className = "InputLayer"

  /// Height × width × channels.
  public var shape: Shape

  /// With Keras' arguments, under Keras' names.
  public init(shape: Shape) {
    self.shape = shape
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.isEmpty else { throw GraphError("takes no input, found \(inputs.count)") }
    guard (1...5).contains(shape.rank) else {
      throw GraphError("shape must have 1 to 5 dimensions, found \(shape.rank)")
    }
    for dimension in shape.dimensions { try require("shape", dimension) }
    return shape
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.add(.input(lowering.preprocessing), [], shape)
  }
}
