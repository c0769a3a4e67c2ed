/// A convolution in any of Keras' forms.
public struct Convolution: Sendable, Equatable {
  /// Whose kernel and bias it uses.
  public var layer: String
  /// Which of the layer's weights is the kernel.
  public var kernel: String
  public var kernelSize: Size2D
  public var strides: Size2D
  public var dilation: Size2D
  /// Rows and columns of zeros around the input.
  public var margins: Margins
  public var groups: Int
  public var filters: Int
  public var depthwise: Bool
  /// Which of the layer's weights is the bias.
  public var bias: String?
  /// Folded into kernel and bias, first to last.
  public var affine: [ChannelAffine] = []

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

  /// Names it among all convolutions of a network.
  public var name: WeightName { WeightName(layer, kernel) }
}

/// A matrix product of a vector with a weight.
public struct DenseProduct: Sendable, Equatable {
  public var layer: String
  public var kernel: String
  public var units: Int
  /// Which of the layer's weights is the bias.
  public var bias: String?
  /// Folded into kernel and bias, first to last.
  public var affine: [ChannelAffine] = []

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
  public var count: Int
  public var rows: Int
  public var inner: Int
  public var columns: Int
  public var transposesSecond: Bool
  /// Whose matrices lie side by side, `rows` × `count` × `columns`, as the heads of an attention; the others' lie one
  /// behind the other.
  public var sideBySide: Set<Operand> = []

  public enum Operand: Sendable {
    case first, second, result
  }
}

/// A per-channel `x · scale + shift`, by where its numbers come from.
public enum ChannelAffine: Sendable, Equatable {
  case batchNormalization(layer: String, BatchNormalization)
  /// One number for all channels, or one for each.
  case constants(scale: [Double], shift: [Double])
  /// Weights of a layer, each with a value per channel.
  case weights(layer: String, scale: String?, shift: String?)
  /// `(x − mean) / max(sqrt(variance), epsilon)` with the weights of a Normalization layer.
  case statistics(layer: String, inverted: Bool)
}
