import ZooSystem

/// Which pictures are learnt from, and which are held out.
public struct Split: Sendable, Equatable {
  /// Places in the list, rising.
  public var training: [Int]
  /// Places in the list, rising.
  public var validation: [Int]

  /// As it has been decided.
  init(of count: Int, heldOut: Set<Int>) {
    training = (0..<count).filter { !heldOut.contains($0) }
    validation = heldOut.sorted()
  }

  /// Holds out the share `fraction` of each class, at least one picture where a class has two; the same ones
  /// for the same seed.
  ///
  /// Pictures of several classes are given out beginning with the rarest class, for which there is the least
  /// choice (Sechidis et al., "On the Stratification of Multi-Label Data", 2011). The last picture of a class is
  /// always learnt from.
  ///
  /// - Parameter labels: of each picture. Those without any are a group of their own.
  public init(labels: [[Int]], fraction: Double, seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var pictures: [Int: [Int]] = [:]
    for (picture, labels) in labels.enumerated() {
      for label in labels { pictures[label, default: []].append(picture) }
    }
    let classes = pictures.sorted { $0.key < $1.key }.map { $0.value.shuffled(using: &random) }
    let unlabelled = labels.indices.filter { labels[$0].isEmpty }.shuffled(using: &random)
    var left = pictures.mapValues(\.count)
    var isHeld = [Bool?](repeating: nil, count: labels.count)
    for members in classes.sorted(by: { $0.count < $1.count }) + [unlabelled] {
      let wanted = max(members.count > 1 ? 1 : 0, Int((Double(members.count) * fraction).rounded()))
      var held = members.count { isHeld[$0] == true }
      for picture in members where isHeld[picture] == nil {
        let canBeHeld = held < wanted && labels[picture].allSatisfy { left[$0, default: 0] > 1 }
        isHeld[picture] = canBeHeld
        guard canBeHeld else { continue }
        held += 1
        for label in labels[picture] { left[label, default: 0] -= 1 }
      }
    }
    training = labels.indices.filter { isHeld[$0] != true }
    validation = labels.indices.filter { isHeld[$0] == true }
  }
}
