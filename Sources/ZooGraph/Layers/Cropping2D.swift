/// A map without some rows and columns at its borders.
public struct Cropping2D: LayerKind {
  public static let className = "Cropping2D"

  /// What is cut off.
  public var cropping: Margins

  /// With Keras' arguments, under Keras' names.
  public init(cropping: Margins) { self.cropping = cropping }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try singleMap(inputs)
    for margin in [cropping.top, cropping.bottom, cropping.left, cropping.right] {
      guard (0...Limit.dimension).contains(margin) else {
        throw GraphError("cropping must be between 0 and \(Limit.dimension), found \(margin)")
      }
    }
    let height = input.height - cropping.top - cropping.bottom
    let width = input.width - cropping.left - cropping.right
    guard height > 0, width > 0 else { throw GraphError("nothing is left of \(input) without \(cropping)") }
    return .map(height, width, input.channels)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let rows = lowering.slice(inputs[0], axis: 0, cropping.top..<input.height - cropping.bottom)
    return lowering.slice(rows, axis: 1, cropping.left..<input.width - cropping.right)
  }
}
