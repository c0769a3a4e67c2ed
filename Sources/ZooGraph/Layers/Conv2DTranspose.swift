/// A transposed convolution. `kernel`: height × width × filters × input channels.
public struct Conv2DTranspose: ActivatedLayer {
  public static let className = "Conv2DTranspose"

  /// Channels of the output.
  public var filters: Int
  /// Height and width of the kernel.
  public var kernelSize: Size2D
  /// Rows and columns from one window to the next.
  public var strides: Size2D
  /// Whether the map is padded, so that every pixel is the middle of a window.
  public var padding: Padding
  /// Rows and columns that the result has more than the least; `nil` for what the padding makes of it.
  public var outputPadding: Size2D?
  /// Rows and columns from one value under the kernel to the next.
  public var dilationRate: Size2D
  /// Applied to the result.
  public var activation: ActivationFunction
  /// Whether a number is added to each channel.
  public var useBias: Bool

  /// With Keras' arguments, under Keras' names.
  public init(
    filters: Int, kernelSize: Size2D, strides: Size2D = Size2D(1), padding: Padding = .valid,
    outputPadding: Size2D? = nil, dilationRate: Size2D = Size2D(1), activation: ActivationFunction = .linear,
    useBias: Bool = true
  ) {
    self.filters = filters
    self.kernelSize = kernelSize
    self.strides = strides
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilationRate = dilationRate
    self.activation = activation
    self.useBias = useBias
  }

  enum CodingKeys: String, CodingKey {
    case filters, strides, padding, activation
    case kernelSize = "kernel_size"
    case outputPadding = "output_padding"
    case dilationRate = "dilation_rate"
    case useBias = "use_bias"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try singleMap(inputs)
    try require("filters", filters)
    try requireWindow("kernel_size", kernelSize, strides, dilationRate)
    let size = try geometry(input).output
    return try activation.outputShape(of: .map(size.height, size.width, filters))
  }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    let kernel = [kernelSize.height, kernelSize.width, filters, inputs[0].channels]
    return [.kernel(kernel)] + (useBias ? [.bias(filters)] : [])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let (output, margins) = try geometry(input)
    // The convolution from the result to the input, whose gradient this is.
    let convolution = Convolution(
      layer: lowering.owner, kernelSize: kernelSize, strides: strides, dilation: dilationRate,
      margins: margins,
      filters: input.channels)
    let map = Shape.map(output.height, output.width, filters)
    var value = lowering.add(.transposedConvolution(convolution), inputs, map)
    if useBias {
      value = lowering.add(.affine([.weights(layer: lowering.owner, scale: nil, shift: "bias")]), to: value)
    }
    return lowering.apply(activation, to: value)
  }

  private func geometry(_ input: Shape) throws(GraphError) -> (output: Size2D, margins: Margins) {
    let rows = try axis(
      input.height, kernelSize.height, strides.height, dilationRate.height, outputPadding?.height)
    let columns = try axis(
      input.width, kernelSize.width, strides.width, dilationRate.width, outputPadding?.width)
    return (
      Size2D(rows.output, columns.output),
      Margins(top: rows.before, bottom: rows.after, left: columns.before, right: columns.after)
    )
  }

  /// Sizes as `compute_conv_transpose_output_length` in `keras/src/backend/common/backend_utils.py` has them; the
  /// margins are those of TensorFlow, which pads the result's convolution as its padding says.
  private func axis(
    _ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ outputPadding: Int?
  ) throws(GraphError) -> (output: Int, before: Int, after: Int) {
    let reach = (kernel - 1) * dilation + 1
    if let outputPadding {
      guard (0..<stride).contains(outputPadding) else {
        throw GraphError("output_padding must be at least 0 and below the strides, found \(outputPadding)")
      }
    }
    let output: Int
    switch (padding, outputPadding) {
    case (.valid, nil): output = input * stride + max(reach - stride, 0)
    case (.same, nil): output = input * stride
    case (.valid, let more?): output = (input - 1) * stride + reach + more
    case (.same, let more?): output = (input - 1) * stride + reach - 2 * (reach / 2) + more
    }
    guard output > 0 else { throw GraphError("nothing is left of an input of \(input) pixels") }
    // What the convolution from the result to the input leaves unread at its end is no margin.
    let total = max(0, (input - 1) * stride + reach - output)
    return padding == .valid ? (output, 0, 0) : (output, total / 2, total - total / 2)
  }
}
