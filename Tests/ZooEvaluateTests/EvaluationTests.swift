import Testing
import ZooEvaluate

@Suite struct EvaluationTests {
  /// Six pictures of three classes; the figures by hand, precision and recall as scikit-learn gives them.
  private let predictions: [(probabilities: [Float], label: Int)] = [
    ([0.7, 0.2, 0.1], 0), ([0.4, 0.5, 0.1], 0), ([0.1, 0.8, 0.1], 1), ([0.2, 0.6, 0.2], 1),
    ([0.1, 0.6, 0.3], 2), ([0.0, 0.1, 0.9], 2),
  ]

  private func evaluation() -> Evaluation {
    var evaluator = Evaluator(classes: ["ant", "bee", "fly"])
    for (index, prediction) in predictions.enumerated() {
      prediction.probabilities.withUnsafeBufferPointer {
        evaluator.add($0, label: prediction.label, path: "\(index).jpg")
      }
    }
    return evaluator.evaluation(worst: 2)
  }

  @Test func countsAndShares() {
    let evaluation = evaluation()
    #expect(evaluation.pictures == 6)
    #expect(abs(evaluation.accuracy - 4.0 / 6) < 1e-12)
    #expect(evaluation.top5 == nil, "of three classes it says nothing")
    #expect(evaluation.confusion == [[1, 1, 0], [0, 2, 0], [0, 1, 1]])
    #expect(evaluation.perClass.map(\.support) == [2, 2, 2])
    #expect(evaluation.perClass[0].precision == 1 && evaluation.perClass[0].recall == 0.5)
    #expect(evaluation.perClass[1].precision == 0.5 && evaluation.perClass[1].recall == 1)
    #expect(abs(evaluation.perClass[1].f1 - 2.0 / 3) < 1e-12)
  }

  @Test func lossAndCalibration() {
    let evaluation = evaluation()
    // −(ln .7 + ln .4 + ln .8 + ln .6 + ln .3 + ln .9) / 6
    #expect(abs(evaluation.loss - 0.5527114) < 1e-6)
    // By bins of 1/15: .5 wrong; .6 once right, once wrong; .7, .8, .9 right.
    #expect(abs(evaluation.calibrationError - (0.5 + 0.2 + 0.3 + 0.2 + 0.1) / 6) < 1e-6)
    #expect(evaluation.calibration.map(\.pictures).reduce(0, +) == 6 && evaluation.calibration.count == 15)
    #expect(evaluation.calibration[9].pictures == 2 && evaluation.calibration[9].accuracy == 0.5)
    #expect(abs(evaluation.calibration[9].confidence - 0.6) < 1e-6)
  }

  @Test func worstFirst() {
    #expect(evaluation().worst.map(\.path) == ["4.jpg", "1.jpg"])
    #expect(evaluation().worst[0].label == "fly" && evaluation().worst[0].predicted == "bee")
  }

  /// Of ten pictures in two classes four embeddings are kept, two of each.
  @Test func embeddingsAreSampledEvenly() {
    var gathering = MeasurementGathering(
      classes: ["ant", "bee"], thresholds: nil, pictures: 10, sample: 4, embeddingSize: 1)
    for index in 0..<10 {
      let (row, value): ([Float], [Float]) = ([0.9, 0.1], [Float(index)])
      row.withUnsafeBufferPointer { row in
        value.withUnsafeBufferPointer {
          gathering.add(row, embedding: $0, labels: [index / 5], path: "\(index)")
        }
      }
    }
    #expect(gathering.embeddings.values == [2, 4, 7, 9])
    #expect(gathering.embeddings.pictures.map(\.labels) == [[0], [0], [1], [1]])
    #expect(gathering.embeddings.pictures.allSatisfy { $0.predicted == [0] })
  }

  @Test func foldersAreMatchedByName() throws {
    #expect(try matchClasses(["bee", "ant"], to: ["ant", "bee", "fly"], count: 3) == [1, 0])
    #expect(try matchClasses(["a", "b"], to: nil, count: 2) == [0, 1])
    #expect(throws: ClassMismatch.self) { try matchClasses(["a"], to: nil, count: 2) }
    #expect {
      try matchClasses(["bees"], to: ["ant", "bee"], count: 2)
    } throws: { "\($0)" == "unknown class 'bees'; did you mean 'bee'?" }
  }
}
