/// Rows and columns of zeros around a map.
public struct ZeroPadding2D: LayerKind {
  public static let className = "ZeroPadding2D"

  /// What is added around the map.
  public var padding: Margins

  /// With Keras' arguments, under Keras' names.
  public init(padding: Margins) {
    self.padding = padding
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try singleMap(inputs)
    for margin in [padding.top, padding.bottom, padding.left, padding.right] {
      guard (0...Limit.dimension).contains(margin) else {
        throw GraphError("padding must be between 0 and \(Limit.dimension), found \(margin)")
      }
    }
    return .map(
      input.height + padding.top + padding.bottom, input.width + padding.left + padding.right, input.channels)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let result = Shape.map(
      input.height + padding.top + padding.bottom, input.width + padding.left + padding.right, input.channels)
    return lowering.add(.pad(padding), inputs, result)
  }
}
