import Testing

@testable import ZooEvaluate

/// Which threshold is the best by a rule, against all that there are.
@Suite struct ThresholdRuleTests {
  private static let probabilities: [Float] = [0.9, 0.8, 0.7, 0.7, 0.4, 0.3, 0.1]
  private static let shown = [true, true, false, true, true, false, false]

  @Test func byHand() throws {
    // F1 of the best 2: 4/6; of the best 4: 6/8; of the best 5: 8/9.
    let f1 = try #require(ThresholdRule.f1.threshold(Self.probabilities, isShown: Self.shown))
    #expect(abs(f1 - 0.35) < 1e-6)
    // J of the best 2: 2/4; of the best 4: 3/4 − 1/3; of the best 5: 1 − 1/3.
    let j = try #require(ThresholdRule.youden.threshold(Self.probabilities, isShown: Self.shown))
    #expect(abs(j - 0.35) < 1e-6)
    #expect(ThresholdRule.f1.threshold([0.2, 0.4], isShown: [true, true]) == nil)
    #expect(ThresholdRule.youden.threshold([0.2, 0.4], isShown: [false, false]) == nil)
  }

  @Test func rulesDiffer() throws {
    // Few of many: F1 wants few mistakes, J takes many to find all.
    let probabilities: [Float] = [0.95, 0.6, 0.5, 0.45, 0.4, 0.35] + (0..<30).map { Float($0) / 100 }
    let shown = [true, false, false, false, false, true] + Array(repeating: false, count: 30)
    let f1 = try #require(ThresholdRule.f1.threshold(probabilities, isShown: shown))
    let j = try #require(ThresholdRule.youden.threshold(probabilities, isShown: shown))
    #expect(f1 > 0.6 && f1 < 0.95 && j > 0.29 && j < 0.35, "\(f1) \(j)")
  }

  /// Of equally good ones that next to ½; and pictures of equal probability stay together.
  @Test func ties() throws {
    let found = try #require(ThresholdRule.f1.threshold([0.9, 0.2], isShown: [true, false]))
    #expect(abs(found - 0.55) < 1e-6)
    #expect(ThresholdRule.f1.threshold([0.5, 0.5, 0.5], isShown: [true, false, false]) == 0.25)
    #expect(ThresholdRule.f1.threshold([0, 0], isShown: [true, false]) == nil, "nothing is below 0")
  }

  @Test func eachClassHasItsOwn() throws {
    var evaluator = MultiLabelEvaluator(classes: ["a", "b"], thresholds: [0.6, 0.2])
    for (row, labels) in [([0.7, 0.1], [0]), ([0.5, 0.3], [0, 1]), ([0.1, 0.25], [])] as [([Float], [Int])] {
      row.withUnsafeBufferPointer { evaluator.add($0, labels: labels, path: "p") }
    }
    let evaluation = evaluator.evaluation()
    #expect(evaluation.perClass.map(\.threshold) == [0.6, 0.2] && evaluation.threshold == nil)
    #expect(evaluation.confusion == [[[1, 0], [1, 1]], [[1, 1], [0, 1]]])
    #expect(evaluator.thresholds(by: .f1).map { ($0 ?? -1) * 100 }.map { Int($0.rounded()) } == [30, 28])
  }
}
