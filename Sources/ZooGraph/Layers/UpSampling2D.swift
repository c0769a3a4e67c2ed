/// A map whose rows and columns are several times as many.
public struct UpSampling2D: LayerKind {
  public static let className = "UpSampling2D"

  /// Rows and columns that each pixel becomes.
  public var size: Size2D
  /// How values between pixels are found.
  public var interpolation: Interpolation

  /// With Keras' arguments, under Keras' names.
  public init(size: Size2D = Size2D(2), interpolation: Interpolation = .nearest) {
    self.size = size
    self.interpolation = interpolation
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try singleMap(inputs)
    try requireWindow("size", size, Size2D(1))
    return .map(input.height * size.height, input.width * size.width, input.channels)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let target = Size2D(input.height * size.height, input.width * size.width)
    guard interpolation == .nearest else { return lowering.resize(inputs[0], to: target, interpolation) }
    let axes = input.axes
    let repeated = [
      axes[0], Axis(size.height, stride: 0), axes[1], Axis(size.width, stride: 0), axes[2],
    ]
    return lowering.add(
      .rearrange(Rearrangement(repeated)), inputs, .map(target.height, target.width, input.channels))
  }
}
