/// A two-dimensional convolution. `kernel`: height × width × input channels per group × filters.
public struct Conv2D: ActivatedLayer {
  public static let className = "Conv2D"

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
  /// Parts of the channels that are computed apart.
  public var groups: Int
  /// Applied to the result.
  public var activation: ActivationFunction
  /// Whether a number is added to each channel.
  public var useBias: Bool

  /// With Keras' arguments, under Keras' names.
  public init(
    filters: Int, kernelSize: Size2D, strides: Size2D = Size2D(1), padding: Padding = .valid,
    dilationRate: Size2D = Size2D(1), groups: Int = 1, activation: ActivationFunction = .linear,
    useBias: Bool = true
  ) {
    self.filters = filters
    self.kernelSize = kernelSize
    self.strides = strides
    self.padding = padding
    self.dilationRate = dilationRate
    self.groups = groups
    self.activation = activation
    self.useBias = useBias
  }

  enum CodingKeys: String, CodingKey {
    case filters, strides, padding, groups, activation
    case kernelSize = "kernel_size"
    case dilationRate = "dilation_rate"
    case useBias = "use_bias"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try singleMap(inputs)
    try require("filters", filters)
    try require("groups", groups)
    try requireWindow("kernel_size", kernelSize, strides, dilationRate)
    guard input.channels.isMultiple(of: groups), filters.isMultiple(of: groups) else {
      throw GraphError(
        "groups (\(groups)) must divide the \(input.channels) channels and the \(filters) filters")
    }
    let output = try padding.resolve(
      input: Size2D(input.height, input.width), window: kernelSize, strides: strides, dilation: dilationRate
    ).output
    return try activation.outputShape(of: .map(output.height, output.width, filters))
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let kernel = [kernelSize.height, kernelSize.width, inputs[0].channels / groups, filters]
    return [.kernel(kernel)] + (useBias ? [.bias(filters)] : [])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let (margins, output) = try padding.resolve(
      input: Size2D(input.height, input.width), window: kernelSize, strides: strides, dilation: dilationRate)
    let convolution = Convolution(
      layer: lowering.owner, kernelSize: kernelSize, strides: strides, dilation: dilationRate,
      margins: margins,
      groups: groups, filters: filters, bias: useBias ? "bias" : nil)
    let map = Shape.map(output.height, output.width, filters)
    return lowering.apply(activation, to: lowering.add(.convolution(convolution), inputs, map))
  }
}

/// Bounds of the parameters that every windowed layer has; a dilated window stays below `Limit.dimension`.
func requireWindow(
  _ name: String, _ window: Size2D, _ strides: Size2D, _ dilation: Size2D = Size2D(1)
) throws(GraphError) {
  for (name, value) in [(name, window), ("dilation_rate", dilation)] {
    guard (1...1_024).contains(value.height), (1...1_024).contains(value.width) else {
      throw GraphError("\(name) must be between 1 and 1024, found \(value)")
    }
  }
  try require("strides", strides)
}
