import ZooEvaluate
import ZooSystem

/// What a page tells of a measurement, whether the classifier tells one class of many or decides on each by itself.
struct Results {
  /// One of the figures at the top of the page.
  struct Figure {
    var name: String
    var value: String
    var note: String
  }

  struct Score {
    var precision: Double
    var recall: Double
    var f1: Double
    /// Only where each class is decided on by itself.
    var averagePrecision: Double?
    /// Pictures of the class.
    var support: Int
  }

  struct Miss {
    var path: String
    var labels: [String]
    var predicted: [String]
    var loss: Double
    /// Of the true class, where there is one.
    var probability: Double?
  }

  let pictures: Int
  let classes: [String]
  let figures: [Figure]
  let scores: [Score]
  /// The share of right answers, and what one answer is.
  let accuracy: Double
  let answers: (count: Int, name: String)
  let calibration: [Evaluation.CalibrationBin]
  let calibrationError: Double
  /// Worst first.
  let misses: [Miss]

  init(_ outcome: Measurement.Outcome) {
    switch outcome {
    case .single(let evaluation): self.init(evaluation)
    case .multi(let evaluation): self.init(evaluation)
    }
  }

  private init(_ evaluation: Evaluation) {
    pictures = evaluation.pictures
    classes = evaluation.classes
    scores = evaluation.perClass.map {
      Score(precision: $0.precision, recall: $0.recall, f1: $0.f1, support: $0.support)
    }
    accuracy = evaluation.accuracy
    answers = (evaluation.pictures, "picture")
    calibration = evaluation.calibration
    calibrationError = evaluation.calibrationError
    misses = evaluation.worst.map {
      Miss(
        path: $0.path, labels: [$0.label], predicted: [$0.predicted], loss: $0.loss,
        probability: $0.probability)
    }
    var figures = [Figure(name: "Accuracy", value: percent(accuracy), note: interval(accuracy, of: pictures))]
    if let top5 = evaluation.top5 {
      figures.append(
        Figure(name: "Top-5 accuracy", value: percent(top5), note: "among the five likeliest"))
    }
    figures += [
      Figure(name: "Loss", value: fixed(evaluation.loss), note: "mean cross-entropy, nats"),
      Figure(name: "Calibration error", value: percent(calibrationError), note: "ECE, 15 bins"),
      Figure(name: "Mean F1", value: percent(evaluation.macroF1), note: "over the classes"),
    ]
    self.figures = figures
  }

  private init(_ evaluation: MultiLabelEvaluation) {
    pictures = evaluation.pictures
    classes = evaluation.classes
    scores = evaluation.perClass.map {
      Score(
        precision: $0.precision, recall: $0.recall, f1: $0.f1, averagePrecision: $0.averagePrecision,
        support: $0.support)
    }
    accuracy =
      evaluation.calibration.reduce(0) { $0 + $1.accuracy * Double($1.pictures) }
      / Double(max(1, evaluation.calibration.reduce(0) { $0 + $1.pictures }))
    answers = (evaluation.pictures * evaluation.classes.count, "decision")
    calibration = evaluation.calibration
    calibrationError = evaluation.calibrationError
    misses = evaluation.worst.map {
      Miss(path: $0.path, labels: $0.labels, predicted: $0.predicted, loss: $0.loss)
    }
    figures = [
      Figure(name: "Mean AP", value: percent(evaluation.meanAveragePrecision), note: "average precision"),
      Figure(name: "Accuracy", value: percent(evaluation.accuracy), note: "of the decisions"),
      Figure(
        name: "Exact match", value: percent(evaluation.exactMatch),
        note: interval(evaluation.exactMatch, of: evaluation.pictures)),
      Figure(
        name: "F1", value: percent(evaluation.microF1), note: "micro; macro \(percent(evaluation.macroF1))"),
      Figure(name: "Loss", value: fixed(evaluation.loss), note: "binary cross-entropy, nats"),
      Figure(name: "Calibration error", value: percent(calibrationError), note: "ECE, 15 bins"),
    ]
  }
}

/// With spaces that do not break.
private func interval(_ share: Double, of count: Int) -> String {
  let interval = wilsonInterval(share, count)
  let (low, high) = (interval.lowerBound * 100, interval.upperBound * 100)
  return "95\u{A0}% interval \(rounded(low, decimals: 1))–\(rounded(high, decimals: 1))\u{A0}%"
}

/// Within which a share of `count` lies with a probability of 95 % (Wilson, 1927).
func wilsonInterval(_ share: Double, _ count: Int) -> ClosedRange<Double> {
  guard count > 0 else { return 0...1 }
  let (n, z) = (Double(count), 1.959964)
  let centre = (share + z * z / (2 * n)) / (1 + z * z / n)
  let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
  return max(0, centre - half)...min(1, max(centre + half, 0))
}

extension Measurement {
  /// The pictures of the highest loss, worst first.
  public var worstPaths: [String] { Results(outcome).misses.map(\.path) }

  /// The class that each of them is taken for, by its place; none where it is taken for several or for nothing.
  public var worstPredicted: [Int: Int] {
    let results = Results(outcome)
    var classes: [Int: Int] = [:]
    for (place, miss) in results.misses.enumerated() where miss.predicted.count == 1 {
      classes[place] = results.classes.firstIndex(of: miss.predicted[0])
    }
    return classes
  }
}
