/// A convolution in any of Keras' forms.
public struct Convolution: Sendable, Equatable {
  /// Whose kernel and bias it uses.
  public var layer: String
  /// Which of the layer's weights is the kernel.
  public var kernel: String
  /// Height and width of the kernel.
  public var kernelSize: Size2D
  /// Rows and columns from one window to the next.
  public var strides: Size2D
  /// Rows and columns from one value under the kernel to the next.
  public var dilation: Size2D
  /// Rows and columns of zeros around the input.
  public var margins: Margins
  /// Parts of the channels that are computed apart.
  public var groups: Int
  /// Channels of the result.
  public var filters: Int
  /// Whether each channel is computed by itself.
  public var depthwise: Bool
  /// Which of the layer's weights is the bias.
  public var bias: String?
  /// What is done to the input's channels before, folded into kernel and bias. Only where no zeros lie around the map.
  public var inputAffine: [ChannelAffine] = []
  /// Folded into kernel and bias, first to last.
  public var affine: [ChannelAffine] = []

  /// Of a layer's kernel; `margins` are zeros around the map.
  public init(
    layer: String, kernel: String = "kernel", kernelSize: Size2D, strides: Size2D = Size2D(1),
    dilation: Size2D = Size2D(1), margins: Margins = .zero, groups: Int = 1, filters: Int,
    depthwise: Bool = false,
    bias: String? = nil
  ) {
    self.layer = layer
    self.kernel = kernel
    self.kernelSize = kernelSize
    self.strides = strides
    self.dilation = dilation
    self.margins = margins
    self.groups = groups
    self.filters = filters
    self.depthwise = depthwise
    self.bias = bias
  }

  /// Whether each pixel of the result is computed from the same one of the input.
  package var isPointwise: Bool {
    kernelSize == Size2D(1) && strides == Size2D(1) && margins == .zero && groups == 1 && !depthwise
  }

  /// Names it among all convolutions of a network.
  public var name: WeightName { WeightName(layer, kernel) }
}

/// A matrix product of a vector with a weight.
public struct DenseProduct: Sendable, Equatable {
  /// Whose weights it uses.
  public var layer: String
  /// The name of the weight.
  public var kernel: String
  /// Values of the result.
  public var units: Int
  /// Which of the layer's weights is the bias.
  public var bias: String?
  /// What is done to the input's channels before, folded into kernel and bias.
  public var inputAffine: [ChannelAffine] = []
  /// Folded into kernel and bias, first to last.
  public var affine: [ChannelAffine] = []

  /// - Parameter bias: the name of what is added; `nil` where nothing is.
  public init(layer: String, kernel: String = "kernel", units: Int, bias: String?) {
    self.layer = layer
    self.kernel = kernel
    self.units = units
    self.bias = bias
  }

  /// Its kernel.
  public var name: WeightName { WeightName(layer, kernel) }
}

/// `count` products of `rows` × `inner` with `inner` × `columns` values for each picture. A transposed second
/// operand lies as `columns` × `inner`.
public struct MatrixProduct: Sendable, Equatable {
  /// Products beside each other.
  public var count: Int
  /// Of the first operand and of the result.
  public var rows: Int
  /// Columns of the first operand.
  public var inner: Int
  /// Of the result.
  public var columns: Int
  /// Whether the second operand lies on its side.
  public var transposesSecond: Bool
  /// Whose matrices lie side by side, `rows` × `count` × `columns`, as the heads of an attention; the others' lie one
  /// behind the other.
  public var sideBySide: Set<Operand> = []

  /// Which of the matrices is meant.
  public enum Operand: Sendable {
    /// The two that are multiplied, and what comes of it.
    case first, second, result
  }
}

/// A per-channel `x · scale + shift`, by where its numbers come from.
public enum ChannelAffine: Sendable, Equatable {
  /// By the statistics and weights of a layer.
  case batchNormalization(layer: String, BatchNormalization)
  /// One number for all channels, or one for each.
  case constants(scale: [Double], shift: [Double])
  /// Weights of a layer, each with a value per channel.
  case weights(layer: String, scale: String?, shift: String?)
  /// `(x − mean) / max(sqrt(variance), epsilon)` with the weights of a Normalization layer.
  case statistics(layer: String, inverted: Bool)
}
