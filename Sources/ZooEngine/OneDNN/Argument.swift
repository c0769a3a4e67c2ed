import COneDNN

/// Which of an operation's tensors a piece of memory is, as oneDNN numbers them.
struct Argument: Sendable, Equatable {
  let raw: Int32

  private init(_ raw: Int32) { self.raw = raw }

  static let source = Argument(DNNL_ARG_SRC)
  static let destination = Argument(DNNL_ARG_DST)
  static let weights = Argument(DNNL_ARG_WEIGHTS)
  static let bias = Argument(DNNL_ARG_BIAS)
  static let scratchpad = Argument(DNNL_ARG_SCRATCHPAD)
  /// What a forward operation notes down for the backward one.
  static let workspace = Argument(DNNL_ARG_WORKSPACE)

  /// Of a binary operation.
  static let first = Argument(DNNL_ARG_SRC_0)
  static let second = Argument(DNNL_ARG_SRC_1)

  /// Of a normalization.
  static let mean = Argument(DNNL_ARG_MEAN)
  static let variance = Argument(DNNL_ARG_VARIANCE)
  static let scale = Argument(DNNL_ARG_SCALE)
  static let shift = Argument(DNNL_ARG_SHIFT)

  static let sourceGradient = Argument(DNNL_ARG_DIFF_SRC)
  static let destinationGradient = Argument(DNNL_ARG_DIFF_DST)
  static let weightsGradient = Argument(DNNL_ARG_DIFF_WEIGHTS)
  static let biasGradient = Argument(DNNL_ARG_DIFF_BIAS)
  static let scaleGradient = Argument(DNNL_ARG_DIFF_SCALE)
  static let shiftGradient = Argument(DNNL_ARG_DIFF_SHIFT)

  /// One of many, of a sum or a concatenation.
  static func source(_ index: Int) -> Argument { Argument(DNNL_ARG_MULTIPLE_SRC + Int32(index)) }

  /// The tensor of the step at `index` of the fused ones.
  static func operand(ofStep index: Int) -> Argument {
    Argument(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * Int32(index + 1) | DNNL_ARG_SRC_1)
  }

  /// The same of the depthwise convolution that is fused.
  var ofDepthwise: Argument { Argument(DNNL_ARG_ATTR_POST_OP_DW | raw) }
}
