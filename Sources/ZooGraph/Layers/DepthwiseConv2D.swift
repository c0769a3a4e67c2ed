/// A convolution of each channel by itself. `kernel`: height × width × input channels × depth multiplier.
public struct DepthwiseConv2D: ActivatedLayer {
  public static let className = "DepthwiseConv2D"

  /// Height and width of the kernel.
  public var kernelSize: Size2D
  /// Rows and columns from one window to the next.
  public var strides: Size2D
  /// Whether the map is padded, so that every pixel is the middle of a window.
  public var padding: Padding
  /// Rows and columns from one value under the kernel to the next.
  public var dilationRate: Size2D
  /// Channels of the result for each channel of the input.
  public var depthMultiplier: Int
  /// Applied to the result.
  public var activation: ActivationFunction
  /// Whether a number is added to each channel.
  public var useBias: Bool

  /// With Keras' arguments, under Keras' names.
  public init(
    kernelSize: Size2D, strides: Size2D = Size2D(1), padding: Padding = .valid,
    dilationRate: Size2D = Size2D(1), depthMultiplier: Int = 1, activation: ActivationFunction = .linear,
    useBias: Bool = true
  ) {
    self.kernelSize = kernelSize
    self.strides = strides
    self.padding = padding
    self.dilationRate = dilationRate
    self.depthMultiplier = depthMultiplier
    self.activation = activation
    self.useBias = useBias
  }

  enum CodingKeys: String, CodingKey {
    case strides, padding, activation
    case kernelSize = "kernel_size"
    case dilationRate = "dilation_rate"
    case depthMultiplier = "depth_multiplier"
    case useBias = "use_bias"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try singleMap(inputs)
    try require("depth_multiplier", depthMultiplier)
    try requireWindow("kernel_size", kernelSize, strides, dilationRate)
    let output = try padding.resolve(
      input: Size2D(input.height, input.width), window: kernelSize, strides: strides, dilation: dilationRate
    ).output
    return try activation.outputShape(
      of: .map(output.height, output.width, input.channels * depthMultiplier))
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let channels = inputs[0].channels
    let kernel = [kernelSize.height, kernelSize.width, channels, depthMultiplier]
    // Keras 2 named it after the layer.
    return [.kernel(kernel, spellings: ["depthwise_kernel"])]
      + (useBias ? [.bias(channels * depthMultiplier)] : [])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lower(inputs[0], kernel: "kernel", in: &lowering)
  }

  /// - Parameter kernel: which of the layer's weights is the kernel.
  func lower(_ input: ValueID, kernel: String, in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let shape = lowering.shape(of: input)
    let (margins, output) = try padding.resolve(
      input: Size2D(shape.height, shape.width), window: kernelSize, strides: strides, dilation: dilationRate)
    let filters = shape.channels * depthMultiplier
    let convolution = Convolution(
      layer: lowering.owner, kernel: kernel, kernelSize: kernelSize, strides: strides, dilation: dilationRate,
      margins: margins, groups: shape.channels, filters: filters, depthwise: true,
      bias: useBias ? "bias" : nil)
    let map = Shape.map(output.height, output.width, filters)
    return lowering.apply(activation, to: lowering.add(.convolution(convolution), [input], map))
  }
}
