import Testing
import ZooImage

/// Parts of a data set, each of which is held out once.
@Suite struct FoldsTests {
  private func count(_ label: Int, in part: [Int], of labels: [[Int]]) -> Int {
    part.count { labels[$0].contains(label) }
  }

  @Test(arguments: [2, 3, 5, 7]) func classesKeepTheirShares(parts: Int) {
    // Of 4 classes 61, 7, 20 and 35 pictures, mixed.
    let labels = (0..<123).map { [$0 < 61 ? 0 : $0 < 68 ? 1 : $0 < 88 ? 2 : 3] }
      .enumerated().sorted { ($0.offset * 37 % 123) < ($1.offset * 37 % 123) }.map(\.element)
    let folds = Folds(labels: labels, count: parts, seed: 3)
    #expect(folds.parts.joined().sorted() == Array(0..<123))
    #expect(folds.parts.allSatisfy { $0 == $0.sorted() })
    let sizes = folds.parts.map(\.count)
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "\(sizes)")
    for label in 0..<4 {
      let counts = folds.parts.map { count(label, in: $0, of: labels) }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(label): \(counts)")
    }
    #expect(folds.others(than: 1) == (0..<123).filter { !folds.parts[1].contains($0) })
  }

  /// Any two of five classes together, some of them alone, and some pictures of none.
  @Test func classesOfPicturesWithSeveralAreSpread() {
    var labels: [[Int]] = []
    for first in 0..<5 {
      for second in first..<5 { labels += Array(repeating: Set([first, second]).sorted(), count: 6) }
    }
    labels += Array(repeating: [], count: 11)
    let folds = Folds(labels: labels, count: 4, seed: 0)
    #expect(folds.parts.joined().sorted() == Array(labels.indices))
    for label in 0..<5 {
      let counts = folds.parts.map { count(label, in: $0, of: labels) }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2, "\(label): \(counts)")
    }
    let empty = folds.parts.map { part in part.count { labels[$0].isEmpty } }
    #expect((empty.min() ?? 0) >= 1, "\(empty)")
  }

  @Test func theSeedDecides() {
    let labels = (0..<60).map { [$0 % 3] }
    let folds = Folds(labels: labels, count: 5, seed: 1)
    #expect(folds == Folds(labels: labels, count: 5, seed: 1))
    #expect(folds != Folds(labels: labels, count: 5, seed: 2))
  }
}
