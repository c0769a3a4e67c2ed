/// A convolution of each channel by itself, then one of single pixels over all of them.
///
/// `depthwise_kernel`: height × width × input channels × depth multiplier; `pointwise_kernel`: 1 × 1 × (input channels ·
/// depth multiplier) × filters. The bias and the activation come last.
public struct SeparableConv2D: LayerKind {
  public static let className = "SeparableConv2D"

  public var filters: Int
  public var kernelSize: Size2D
  public var strides: Size2D
  public var padding: Padding
  public var dilationRate: Size2D
  public var depthMultiplier: Int
  public var activation: ActivationFunction
  public var useBias: Bool

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
  public var depthwise: DepthwiseConv2D {
    DepthwiseConv2D(
      kernelSize: kernelSize, strides: strides, padding: padding, dilationRate: dilationRate,
      depthMultiplier: depthMultiplier, useBias: false)
  }

  /// Its second half.
  public var pointwise: Conv2D {
    Conv2D(filters: filters, kernelSize: Size2D(1), activation: activation, useBias: useBias)
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try pointwise.outputShape(of: [try depthwise.outputShape(of: inputs)])
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let channels = inputs[0].channels
    let depthwise = [kernelSize.height, kernelSize.width, channels, depthMultiplier]
    return [
      WeightSpec(Self.depthwiseKernel, depthwise, .kernel),
      WeightSpec(Self.pointwiseKernel, [1, 1, channels * depthMultiplier, filters], .kernel),
    ] + (useBias ? [.bias(filters)] : [])
  }

  public static let depthwiseKernel = "depthwise_kernel"
  public static let pointwiseKernel = "pointwise_kernel"
}
