/// The same values in another shape.
public struct Reshape: LayerKind {
  public static let className = "Reshape"

  /// Without the batch.
  public var targetShape: Shape

  /// With Keras' arguments, under Keras' names.
  public init(targetShape: Shape) {
    self.targetShape = targetShape
  }

  enum CodingKeys: String, CodingKey {
    case targetShape = "target_shape"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    for dimension in targetShape.dimensions { try require("target_shape", dimension) }
    guard targetShape.rank > 0, input.elementCount == targetShape.elementCount else {
      throw GraphError("cannot reshape \(input) into \(targetShape)")
    }
    return targetShape
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.reshape(inputs[0], to: targetShape)
  }
}
