/// An element-wise function (softmax: over the channels), named as Keras' `activations`.
public enum ActivationFunction: String, Sendable, Codable, CaseIterable {
  case linear
  case relu
  /// `min(max(x, 0), 6)`.
  case relu6
  case sigmoid
  case tanh
  case softmax
  /// `relu6(x + 3) / 6`, the definition Keras 3 and MobileNetV3 use.
  case hardSigmoid = "hard_sigmoid"
  /// `x · relu6(x + 3) / 6`, also called hard-swish.
  case hardSilu = "hard_silu"
  /// `x · sigmoid(x)`, also called swish.
  case silu
  /// `x` above 0, `exp(x) − 1` below.
  case elu
  /// `elu` with the two numbers that keep mean and variance (Klambauer et al., 2017).
  case selu
  /// `x · Φ(x)` with the normal distribution's Φ, not approximated.
  case gelu
  /// `log(exp(x) + 1)`.
  case softplus
  /// `x · tanh(softplus(x))`.
  case mish
  /// `exp(x)`.
  case exponential
  /// `x` above 0, `0.2 · x` below.
  case leakyReLU = "leaky_relu"
  /// `min(max(x, −1), 1)`.
  case hardTanh = "hard_tanh"
}
