/// A map of another size, as `tf.image.resize` makes it, without smoothing.
public struct Resizing: LayerKind {
  public static let className = "Resizing"

  /// Of the result.
  public var height: Int
  /// Of the result.
  public var width: Int
  /// How values between pixels are found.
  public var interpolation: Interpolation

  /// With Keras' arguments, under Keras' names.
  public init(height: Int, width: Int, interpolation: Interpolation = .bilinear) {
    self.height = height
    self.width = width
    self.interpolation = interpolation
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try singleMap(inputs)
    try require("height", height)
    try require("width", width)
    return .map(height, width, input.channels)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.resize(inputs[0], to: Size2D(height, width), interpolation)
  }
}
