/// A function of each value as programs write them; what Keras calls an activation is an ``ActivationFunction``.
public enum ElementwiseFunction: Sendable, Hashable, Codable {
  case absolute
  case square
  case squareRoot
  case reciprocalSquareRoot
  case reciprocal
  /// The natural logarithm.
  case logarithm
  case sine
  case cosine
  case sign
  case floor
  case ceiling
  /// To the nearest whole number, halves to the even one.
  case round
  case power(Double)
  /// `base` to the power of each value.
  case exponentialOf(base: Double)
  case clip(Double, Double)
  /// `number` divided by each value.
  case dividing(Double)
  /// The remainder of a division, with the sign of `divisor`.
  case remainder(Double)
}
