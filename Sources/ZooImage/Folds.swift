import ZooSystem

/// Pictures divided into parts, each of which is held out once while the others are learnt from.
public struct Folds: Sendable, Equatable {
  /// The indices of the pictures of each part, rising.
  public let parts: [[Int]]

  /// Parts with about the same number of pictures and of each class, the same ones for the same seed.
  ///
  /// The rarest classes are dealt out first, each picture to the part that lacks its class most, of these to the one
  /// that lacks pictures most (iterative stratification; Sechidis et al., "On the Stratification of Multi-Label Data",
  /// 2011). Where each picture has one class, no two parts differ by more than one picture of it.
  ///
  /// - Parameter labels: of each picture.
  public init(labels: [[Int]], count: Int, seed: UInt64) {
    precondition(count >= 1)
    var random = SplitMix64(seed: seed)
    let order = labels.indices.shuffled(using: &random)
    var members: [Int: [Int]] = [:]
    for picture in order {
      for label in labels[picture] { members[label, default: []].append(picture) }
    }
    var dealing = Dealing(members.mapValues(\.count), pictures: labels.count, parts: count)
    var unassigned = members.mapValues(\.count)
    var place = [Int?](repeating: nil, count: labels.count)
    while let rarest = unassigned.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key {
      for picture in members[rarest] ?? [] where place[picture] == nil {
        place[picture] = dealing.deal(labels[picture], for: rarest)
        for label in labels[picture] { unassigned[label]? -= 1 }
      }
      unassigned[rarest] = nil
    }
    for picture in order where place[picture] == nil { place[picture] = dealing.deal([], for: nil) }
    parts = (0..<count).map { part in labels.indices.filter { place[$0] == part } }
  }

  /// The indices of the pictures that are learnt from while a part is held out, rising.
  public func others(than part: Int) -> [Int] {
    parts.indices.filter { $0 != part }.flatMap { parts[$0] }.sorted()
  }
}

/// What each part still lacks, times the number of parts, so that all are whole numbers.
private struct Dealing {
  private var classes: [[Int: Int]]
  private var pictures: [Int]

  init(_ classes: [Int: Int], pictures: Int, parts: Int) {
    self.classes = Array(repeating: classes, count: parts)
    self.pictures = Array(repeating: pictures, count: parts)
  }

  /// The part that a picture goes to.
  ///
  /// - Parameter label: the class that decides; of pictures without any, their number does.
  mutating func deal(_ labels: [Int], for label: Int?) -> Int {
    func lack(_ part: Int) -> (Int, Int, Int) {
      (label.flatMap { classes[part][$0] } ?? 0, pictures[part], -part)
    }
    let part = pictures.indices.max { lack($0) < lack($1) } ?? 0
    let parts = pictures.count
    for label in labels { classes[part][label]? -= parts }
    pictures[part] -= parts
    return part
  }
}
