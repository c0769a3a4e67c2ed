import ZooSystem

/// Which pictures are learnt from, and which are held out.
public struct Split: Sendable, Equatable {
  public var training: [Int]
  public var validation: [Int]

  /// Holds out the share `fraction` of each class, at least one picture where a class has two; the same ones
  /// for the same seed.
  public init(labels: [Int], fraction: Double, seed: UInt64) {
    var random = SplitMix64(seed: seed)
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
