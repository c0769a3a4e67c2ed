/// A convolution of each channel by itself, then one of single pixels over all of them.
///
/// `depthwise_kernel`: height × width × input channels × depth multiplier; `pointwise_kernel`: 1 × 1 × (input channels ·
/// depth multiplier) × filters. The bias and the activation come last.
public struct SeparableConv2D: ActivatedLayer {
  public static let className = "SeparableConv2D"

  /// Channels of the output.
  public var filters: Int
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
    filters: Int, kernelSize: Size2D, strides: Size2D = Size2D(1), padding: Padding = .valid,
    dilationRate: Size2D = Size2D(1), depthMultiplier: Int = 1, activation: ActivationFunction = .linear,
    useBias: Bool = true
  ) {
    self.filters = filters
    self.kernelSize = kernelSize
    self.strides = strides
    self.padding = padding
    self.dilationRate = dilationRate
    self.depthMultiplier = depthMultiplier
    self.activation = activation
    self.useBias = useBias
  }

  enum CodingKeys: String, CodingKey {
    case filters, strides, padding, activation
    case kernelSize = "kernel_size"
    case dilationRate = "dilation_rate"
    case depthMultiplier = "depth_multiplier"
    case useBias = "use_bias"
  }

  /// Its first half.
  private var depthwise: DepthwiseConv2D {
    DepthwiseConv2D(
      kernelSize: kernelSize, strides: strides, padding: padding, dilationRate: dilationRate,
      depthMultiplier: depthMultiplier, useBias: false)
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try require("filters", filters)
    let half = try depthwise.outputShape(of: inputs)
    return try activation.outputShape(of: .map(half.height, half.width, filters))
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let channels = inputs[0].channels
    let depthwise = [kernelSize.height, kernelSize.width, channels, depthMultiplier]
    return [
      WeightSpec("depthwise_kernel", depthwise, .kernel),
      WeightSpec("pointwise_kernel", [1, 1, channels * depthMultiplier, filters], .kernel),
    ] + (useBias ? [.bias(filters)] : [])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let half = try depthwise.lower(inputs[0], kernel: "depthwise_kernel", in: &lowering)
    let whole = lowering.dense(
      half, units: filters, kernel: "pointwise_kernel", bias: useBias ? "bias" : nil)
    return lowering.apply(activation, to: whole)
  }
}
