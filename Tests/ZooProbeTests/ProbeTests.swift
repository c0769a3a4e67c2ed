import Testing
import ZooSystem

@testable import ZooProbe

@Suite struct ProbeTests {
  /// Three classes around three points, `columns` wide, two dimensions of every eight meaningful.
  private func clouds(_ count: Int, columns: Int, seed: UInt64) -> (Matrix, [Int]) {
    var random = SplitMix64(seed: seed)
    let centres: [(Float, Float)] = [(0, 0), (6, 0), (0, 6)]
    let labels = (0..<count).map { $0 % 3 }
    let values = labels.flatMap { label in
      (0..<columns).map { column -> Float in
        let noise = Float.random(in: -1...1, using: &random)
        return noise + (column % 8 == 0 ? centres[label].0 : column % 8 == 1 ? centres[label].1 : 0)
      }
    }
    return (Matrix(rows: count, columns: columns, values: values), labels)
  }

  /// Both shapes: more pictures than features, and fewer.
  @Test(arguments: [(90, 4), (30, 200)]) func separableClassesAreLearnt(_ count: Int, _ columns: Int) throws {
    let (train, trainLabels) = clouds(count, columns: columns, seed: 1)
    let (test, testLabels) = clouds(60, columns: columns, seed: 2)
    let linear = try #require(LinearProbe(train, labels: trainLabels, classes: 3)).predict(test)
    let right = zip(linear, testLabels).count { $0 == $1 }
    #expect(right >= 57, "linear: \(right) of 60")
    let near = NeighbourProbe(train, labels: trainLabels).predict(test)
    #expect(zip(near, testLabels).count { $0 == $1 } >= 48)
  }

  /// Ridge regression by the normal equations, for the strength that the probe chose, gives the same classes.
  @Test func bothWaysOfSolvingAgree() throws {
    let (train, labels) = clouds(50, columns: 50, seed: 3)
    var padded = Matrix(rows: 50, columns: 51)
    for row in 0..<50 { for column in 0..<50 { padded[row, column] = train[row, column] } }
    let (test, _) = clouds(40, columns: 50, seed: 4)
    var paddedTest = Matrix(rows: 40, columns: 51)
    for row in 0..<40 { for column in 0..<50 { paddedTest[row, column] = test[row, column] } }
    let narrow = try #require(
      LinearProbe(train.select(Array(0..<50) + [0]), labels: labels + [labels[0]], classes: 3))
    let wide = try #require(
      LinearProbe(padded.select(Array(0..<50) + [0]), labels: labels + [labels[0]], classes: 3))
    #expect(narrow.predict(test) == wide.predict(paddedTest))
  }

  @Test func neighboursVote() {
    let known = Matrix(rows: 5, columns: 2, values: [1, 0, 2, 0.1, 0, 1, 0.1, 2, 0, 3])
    let probe = NeighbourProbe(known, labels: [0, 0, 1, 1, 1], k: 3)
    #expect(probe.predict(Matrix(rows: 2, columns: 2, values: [5, 0.2, 0.1, 9])) == [0, 1])
  }

  @Test func valuesThatAreNotFiniteAreRefused() {
    let (train, labels) = clouds(9, columns: 3, seed: 1)
    var broken = train
    broken[0, 0] = .nan
    #expect(LinearProbe(broken, labels: labels, classes: 3) == nil)
  }
}
