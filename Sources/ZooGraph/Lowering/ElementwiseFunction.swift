/// A function of each value as programs write them; what Keras calls an activation is an ``ActivationFunction``.
public enum ElementwiseFunction: Sendable, Hashable, Codable {
  /// The value without its sign.
  case absolute
  /// The value times itself.
  case square
  /// The square root.
  case squareRoot
  /// One divided by the square root.
  case reciprocalSquareRoot
  /// One divided by the value.
  case reciprocal
  /// The natural logarithm.
  case logarithm
  /// The sine.
  case sine
  /// The cosine.
  case cosine
  /// −1, 0 or 1.
  case sign
  /// The next whole number below.
  case floor
  /// The next whole number above.
  case ceiling
  /// To the nearest whole number, halves to the even one.
  case round
  /// The value to this power.
  case power(Double)
  /// `base` to the power of each value.
  case exponentialOf(base: Double)
  /// The value, or the nearest of the two bounds.
  case clip(Double, Double)
  /// `number` divided by each value.
  case dividing(Double)
  /// The remainder of a division, with the sign of `divisor`.
  case remainder(Double)
}
