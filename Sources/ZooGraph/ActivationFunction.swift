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
}
