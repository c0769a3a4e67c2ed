import Testing
import ZooEvaluate

/// Five pictures of three classes; the expected figures are scikit-learn 1.9's for the same arrays.
@Suite struct MultiLabelEvaluationTests {
  private static let predictions: [(probabilities: [Float], labels: [Int])] = [
    ([0.9, 0.6, 0.1], [0, 1]), ([0.4, 0.5, 0.2], [0]), ([0.7, 0.1, 0.3], []), ([0.2, 0.6, 0.1], [1]),
    ([0.4, 0.3, 0.1], [1]),
  ]

  private func evaluation(threshold: Double = 0.5) -> MultiLabelEvaluation {
    var evaluator = MultiLabelEvaluator(
      classes: ["ant", "bee", "fly"], thresholds: Array(repeating: threshold, count: 3))
    for (index, prediction) in Self.predictions.enumerated() {
      prediction.probabilities.withUnsafeBufferPointer {
        evaluator.add($0, labels: prediction.labels, path: "\(index).jpg")
      }
    }
    return evaluator.evaluation(worst: 2)
  }

  @Test func decisions() {
    let evaluation = evaluation()
    #expect(evaluation.confusion == [[[2, 1], [1, 1]], [[2, 0], [1, 2]], [[5, 0], [0, 0]]])
    #expect(abs(evaluation.accuracy - 12.0 / 15) < 1e-12)
    #expect(abs(evaluation.exactMatch - 2.0 / 5) < 1e-12)
    #expect(evaluation.perClass.map(\.support) == [2, 3, 0])
    #expect(evaluation.perClass.map(\.precision) == [0.5, 1, 0])
    #expect(evaluation.perClass[1].recall == 2.0 / 3)
    #expect(abs(evaluation.microF1 - 2.0 / 3) < 1e-12)
    #expect(abs(evaluation.macroF1 - (0.5 + 0.8) / 3) < 1e-12)
  }

  @Test func theThresholdDecides() {
    let evaluation = evaluation(threshold: 0.35)
    #expect(evaluation.perClass[0].recall == 1 && evaluation.perClass[0].precision == 0.5)
    #expect(evaluation.worst[0].predicted == ["ant", "bee"])
  }

  @Test func rankingWithEqualProbabilities() {
    let evaluation = evaluation()
    // ant: 0.9 (yes), 0.7, then 0.4 twice, of which one is yes: 1/2 · 1 + 1/2 · 2/4. bee: 0.6 twice yes, 0.5, 0.3 yes.
    #expect(abs(evaluation.perClass[0].averagePrecision - 0.75) < 1e-12)
    #expect(abs(evaluation.perClass[1].averagePrecision - (2.0 / 3 + 0.25)) < 1e-12)
    #expect(evaluation.perClass[2].averagePrecision == 0)
    // A class that no picture shows has no part in the mean.
    #expect(abs(evaluation.meanAveragePrecision - (0.75 + 2.0 / 3 + 0.25) / 2) < 1e-12)
  }

  @Test func lossAndCalibration() {
    let evaluation = evaluation()
    // The means of −ln p for what is shown and −ln(1 − p) for what is not.
    #expect(abs(evaluation.loss - 0.4586417) < 1e-6)
    #expect(evaluation.worst.map(\.path) == ["1.jpg", "4.jpg"])
    #expect(abs(evaluation.worst[0].loss - 0.6108605) < 1e-6)
    // |sum of probabilities − number shown| of each bin, over 15 decisions.
    #expect(abs(evaluation.calibrationError - 3.5 / 15) < 1e-6)
  }
}
