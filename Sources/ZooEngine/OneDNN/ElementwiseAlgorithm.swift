import COneDNN
import ZooGraph

/// An element-wise algorithm of oneDNN with its parameters, and how its gradient is had.
struct ElementwiseAlgorithm: Sendable, Equatable {
  var algorithm: dnnl_alg_kind_t
  var alpha: Float = 0
  var beta: Float = 0
  /// Whether the gradient is computed from the function's result instead of its argument.
  var usesDestination = false

  /// `x · scale + shift`.
  static func linear(scale: Float, shift: Float) -> ElementwiseAlgorithm {
    ElementwiseAlgorithm(algorithm: dnnl_eltwise_linear, alpha: scale, beta: shift)
  }

  /// `x · max(0, min(1, x / 6 + 1 / 2))`. Version 2 knows these numbers, version 3 is told them: with zeros it
  /// gives zeros.
  fileprivate static let hardSilu = ElementwiseAlgorithm(
    algorithm: dnnl_eltwise_hardswish, alpha: 1 / 6, beta: 0.5)
  fileprivate static let silu = ElementwiseAlgorithm(algorithm: dnnl_eltwise_swish, alpha: 1)
  fileprivate static func elu(_ alpha: Float) -> ElementwiseAlgorithm {
    ElementwiseAlgorithm(algorithm: dnnl_eltwise_elu, alpha: alpha)
  }
  /// Of `keras/src/activations/activations.py`.
  fileprivate static let seluAlpha: Float = 1.673_263_242_354_377_2
  fileprivate static let seluScale: Float = 1.050_700_987_355_480_5
  fileprivate static let gelu = ElementwiseAlgorithm(algorithm: dnnl_eltwise_gelu_erf)
  fileprivate static let approximateGelu = ElementwiseAlgorithm(algorithm: dnnl_eltwise_gelu_tanh)
  fileprivate static func clip(_ least: Float, _ most: Float) -> ElementwiseAlgorithm {
    ElementwiseAlgorithm(algorithm: dnnl_eltwise_clip, alpha: least, beta: most)
  }
  fileprivate static func differentiableClip(_ least: Float, _ most: Float) -> ElementwiseAlgorithm {
    ElementwiseAlgorithm(
      algorithm: dnnl_eltwise_clip_v2_use_dst_for_bwd, alpha: least, beta: most, usesDestination: true)
  }
  /// Version 3 wants to be told the factor within; version 2 has none.
  fileprivate static let softplus = ElementwiseAlgorithm(algorithm: dnnl_eltwise_soft_relu, alpha: 1)
  fileprivate static let mish = ElementwiseAlgorithm(algorithm: dnnl_eltwise_mish)
  fileprivate static let exponential = ElementwiseAlgorithm(algorithm: dnnl_eltwise_exp)
  fileprivate static func leakyReLU(_ slope: Float) -> ElementwiseAlgorithm {
    ElementwiseAlgorithm(algorithm: dnnl_eltwise_relu, alpha: slope)
  }
}

extension [ElementwiseAlgorithm] {
  /// Whether they can follow one operation as fused steps. oneDNN 2.6 computes all fused steps of one algorithm with the
  /// parameters of the first: a ReLU behind a LeakyReLU becomes another one.
  var canBeFused: Bool {
    allSatisfy { element in first { $0.algorithm == element.algorithm } == element }
  }
}

extension ActivationFunction {
  /// The activation as a sequence of oneDNN's element-wise algorithms; empty for `linear`, and for what oneDNN does not
  /// have.
  var elementwise: [ElementwiseAlgorithm] {
    switch self {
    case .relu: [ElementwiseAlgorithm(algorithm: dnnl_eltwise_relu)]
    case .relu6: [.clip(0, 6)]
    case .rectifier(let maximum?, 0, 0): [.clip(0, Float(maximum))]
    case .sigmoid: [ElementwiseAlgorithm(algorithm: dnnl_eltwise_logistic)]
    case .tanh: [ElementwiseAlgorithm(algorithm: dnnl_eltwise_tanh)]
    case .hardSigmoid: [.linear(scale: 1 / 6, shift: 0.5), .clip(0, 1)]
    case .hardSigmoidOfKeras2: [.linear(scale: 0.2, shift: 0.5), .clip(0, 1)]
    case .hardTanh: [.clip(-1, 1)]
    default: smooth
    }
  }

  /// As a sequence of functions that oneDNN can differentiate.
  var differentiable: [ElementwiseAlgorithm] {
    switch self {
    case .relu: [ElementwiseAlgorithm(algorithm: dnnl_eltwise_relu_use_dst_for_bwd, usesDestination: true)]
    case .relu6: [.differentiableClip(0, 6)]
    case .rectifier(let maximum?, 0, 0): [.differentiableClip(0, Float(maximum))]
    case .sigmoid:
      [ElementwiseAlgorithm(algorithm: dnnl_eltwise_logistic_use_dst_for_bwd, usesDestination: true)]
    case .tanh: [ElementwiseAlgorithm(algorithm: dnnl_eltwise_tanh_use_dst_for_bwd, usesDestination: true)]
    case .hardSigmoid: [.linear(scale: 1 / 6, shift: 0.5), .differentiableClip(0, 1)]
    case .hardSigmoidOfKeras2: [.linear(scale: 0.2, shift: 0.5), .differentiableClip(0, 1)]
    case .hardTanh: [.differentiableClip(-1, 1)]
    default: smooth
    }
  }

  /// The functions that oneDNN differentiates as they are.
  private var smooth: [ElementwiseAlgorithm] {
    switch self {
    case .silu: [.silu]
    case .hardSilu: [.hardSilu]
    case .elu(let alpha): [.elu(Float(alpha))]
    case .selu:
      [.elu(ElementwiseAlgorithm.seluAlpha), .linear(scale: ElementwiseAlgorithm.seluScale, shift: 0)]
    case .celu(let alpha):
      [.linear(scale: Float(1 / alpha), shift: 0), .elu(1), .linear(scale: Float(alpha), shift: 0)]
    case .gelu(let approximate): [approximate ? .approximateGelu : .gelu]
    case .softplus: [.softplus]
    case .mish: [.mish]
    case .exponential: [.exponential]
    case .leakyReLU(let slope): [.leakyReLU(Float(slope))]
    case .rectifier(nil, let slope, 0): [.leakyReLU(Float(slope))]
    case .linear, .relu, .relu6, .rectifier, .sigmoid, .tanh, .hardSigmoid, .hardSigmoidOfKeras2, .hardTanh,
      .softsign,
      .logSigmoid, .squareplus, .sparsePlus, .sparseSigmoid, .hardShrink, .softShrink, .tanhShrink,
      .threshold,
      .softmax, .logSoftmax, .sparsemax, .glu:
      []
    }
  }
}
