import ZooEvaluate
import ZooFile
import ZooGraph
import ZooSystem

/// Measuring a classifier that decides on each class by itself.
extension Evaluate {
  static func text(_ evaluation: MultiLabelEvaluation, _ knowledge: MeasuredPictures.Knowledge) -> String {
    let head = """
      \(evaluation.pictures) pictures (\(knowledge.words)), \(evaluation.classes.count) classes, threshold \(evaluation.threshold)
        accuracy           \(percent(evaluation.accuracy)) of the decisions
        exact match        \(percent(evaluation.exactMatch)) of the pictures
        mean AP            \(percent(evaluation.meanAveragePrecision))
        F1                 \(percent(evaluation.microF1)) micro, \(percent(evaluation.macroF1)) macro
        loss               \(fixed(evaluation.loss))
        calibration error  \(percent(evaluation.calibrationError))
      """
    let scores = table(
      ["class", "precision", "recall", "F1", "AP", "pictures"],
      evaluation.perClass.map { score in
        [score.name] + [score.precision, score.recall, score.f1, score.averagePrecision].map { percent($0) }
          + ["\(score.support)"]
      }, right: [1, 2, 3, 4, 5])
    func names(_ classes: [String]) -> String { classes.isEmpty ? "none" : classes.joined(separator: ", ") }
    let misses = table(
      ["highest loss", "is", "taken for", "loss"],
      evaluation.worst.map { [$0.path, names($0.labels), names($0.predicted), fixed($0.loss)] })
    return [head, scores, misses].joined(separator: "\n\n")
  }
}

extension Context {
  /// The probability above which a class counts; nil for a model that tells one class of many.
  func threshold(for file: ZooFile) throws(UsageError) -> Double? {
    let given = try arguments.number(.threshold, in: 0...1)
    if file.decidesOnEachClass { return given ?? 0.5 }
    guard given == nil else { throw UsageError("--threshold is for models trained with --loss binary") }
    return nil
  }
}
