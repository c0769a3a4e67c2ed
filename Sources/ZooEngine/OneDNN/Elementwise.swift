import COneDNN
import ZooGraph

/// An element-wise algorithm of oneDNN with its parameters, and how its gradient is had.
struct Elementwise: Sendable {
  var algorithm: dnnl_alg_kind_t
  var alpha: Float = 0
  var beta: Float = 0
  /// Whether the gradient is computed from the function's result instead of its argument.
  var usesDestination = false

  /// `x · scale + shift`.
  static func linear(scale: Float, shift: Float) -> Elementwise {
    Elementwise(algorithm: dnnl_eltwise_linear, alpha: scale, beta: shift)
  }

  /// `x · max(0, min(1, x / 6 + 1 / 2))`. Version 2 knows these numbers, version 3 is told them: with zeros it
  /// gives zeros.
  fileprivate static let hardSilu = Elementwise(algorithm: dnnl_eltwise_hardswish, alpha: 1 / 6, beta: 0.5)
  fileprivate static let silu = Elementwise(algorithm: dnnl_eltwise_swish, alpha: 1)
  fileprivate static func elu(_ alpha: Float) -> Elementwise {
    Elementwise(algorithm: dnnl_eltwise_elu, alpha: alpha)
  }
  /// Of `keras/src/activations/activations.py`.
  fileprivate static let seluAlpha: Float = 1.673_263_242_354_377_2
  fileprivate static let seluScale: Float = 1.050_700_987_355_480_5
  fileprivate static let gelu = Elementwise(algorithm: dnnl_eltwise_gelu_erf)
  /// Version 3 wants to be told the factor within; version 2 has none.
  fileprivate static let softplus = Elementwise(algorithm: dnnl_eltwise_soft_relu, alpha: 1)
  fileprivate static let mish = Elementwise(algorithm: dnnl_eltwise_mish)
  fileprivate static let exponential = Elementwise(algorithm: dnnl_eltwise_exp)
  fileprivate static func leakyReLU(_ slope: Float) -> Elementwise {
    Elementwise(algorithm: dnnl_eltwise_relu, alpha: slope)
  }
}

extension ActivationFunction {
  /// The activation as a sequence of oneDNN's element-wise algorithms; empty for `linear` and for `softmax`,
  /// which is none.
  var elementwise: [Elementwise] {
    switch self {
    case .linear, .softmax: []
    case .relu: [Elementwise(algorithm: dnnl_eltwise_relu)]
    case .relu6: [Elementwise(algorithm: dnnl_eltwise_clip, alpha: 0, beta: 6)]
    case .sigmoid: [Elementwise(algorithm: dnnl_eltwise_logistic)]
    case .tanh: [Elementwise(algorithm: dnnl_eltwise_tanh)]
    case .silu: [.silu]
    case .hardSilu: [.hardSilu]
    case .hardSigmoid:
      [.linear(scale: 1 / 6, shift: 0.5), Elementwise(algorithm: dnnl_eltwise_clip, alpha: 0, beta: 1)]
    case .elu: [.elu(1)]
    case .selu: [.elu(Elementwise.seluAlpha), .linear(scale: Elementwise.seluScale, shift: 0)]
    case .gelu: [.gelu]
    case .softplus: [.softplus]
    case .mish: [.mish]
    case .exponential: [.exponential]
    case .leakyReLU: [.leakyReLU(0.2)]
    case .hardTanh: [Elementwise(algorithm: dnnl_eltwise_clip, alpha: -1, beta: 1)]
    }
  }

  /// As a sequence of functions that oneDNN can differentiate; empty for `linear` and `softmax`.
  var differentiable: [Elementwise] {
    switch self {
    case .linear, .softmax: []
    case .relu: [Elementwise(algorithm: dnnl_eltwise_relu_use_dst_for_bwd, usesDestination: true)]
    case .relu6:
      [Elementwise(algorithm: dnnl_eltwise_clip_v2_use_dst_for_bwd, beta: 6, usesDestination: true)]
    case .sigmoid: [Elementwise(algorithm: dnnl_eltwise_logistic_use_dst_for_bwd, usesDestination: true)]
    case .tanh: [Elementwise(algorithm: dnnl_eltwise_tanh_use_dst_for_bwd, usesDestination: true)]
    case .silu: [.silu]
    case .hardSilu: [.hardSilu]
    case .hardSigmoid:
      [
        .linear(scale: 1 / 6, shift: 0.5),
        Elementwise(algorithm: dnnl_eltwise_clip_v2_use_dst_for_bwd, beta: 1, usesDestination: true),
      ]
    case .elu: [.elu(1)]
    case .selu: [.elu(Elementwise.seluAlpha), .linear(scale: Elementwise.seluScale, shift: 0)]
    case .gelu: [.gelu]
    case .softplus: [.softplus]
    case .mish: [.mish]
    case .exponential: [.exponential]
    case .leakyReLU: [.leakyReLU(0.2)]
    case .hardTanh:
      [
        Elementwise(
          algorithm: dnnl_eltwise_clip_v2_use_dst_for_bwd, alpha: -1, beta: 1, usesDestination: true)
      ]
    }
  }
}
