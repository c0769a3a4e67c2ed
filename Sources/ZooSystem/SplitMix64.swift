/// Steele, Lea and Flood's SplitMix64 (2014): small, fast, and the same numbers on every machine.
public struct SplitMix64: RandomNumberGenerator, Sendable, Equatable {
  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var state: UInt64

  /// - Parameter seed: decides on all numbers.
  public init(seed: UInt64) { state = seed }

  /// A generator of its own for each `key`, so that numbers can be drawn in any order.
  public func mixed(_ key: UInt64) -> SplitMix64 {
    SplitMix64(seed: Self.scrambled(state ^ (key &* 0xD6E8_FEB8_6659_FD93) &+ Self.step))
  }

  /// What the call of ``next()`` after `index` others gives, without them.
  public func number(_ index: Int) -> UInt64 {
    Self.scrambled(state &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* Self.step)
  }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.scrambled(state)
  }

  /// Evenly from 0 up to 1.
  public mutating func share() -> Double { Double(next() >> 11) / 0x1p53 }

  /// Evenly between two numbers.
  public mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * share() }

  private static func scrambled(_ state: UInt64) -> UInt64 {
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
