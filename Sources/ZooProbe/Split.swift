/// Which pictures are learnt from, and which are held out.
public struct Split: Sendable, Equatable {
  public var training: [Int]
  public var validation: [Int]

  /// Holds out the share `fraction` of each class, at least one picture where a class has two; the same ones
  /// for the same seed.
  public init(labels: [Int], fraction: Double, seed: UInt64) {
    var random = SplitMix64(seed)
    training = []
    validation = []
    for label in Set(labels).sorted() {
      let members = labels.indices.filter { labels[$0] == label }.shuffled(using: &random)
      let wanted = Int((Double(members.count) * fraction).rounded())
      let held = members.count < 2 ? 0 : min(members.count - 1, max(1, wanted))
      validation += members[..<held]
      training += members[held...]
    }
    training.sort()
    validation.sort()
  }
}

/// Steele, Lea and Flood's SplitMix64: the same numbers for the same seed everywhere.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
