import ZooEvaluate
import ZooFile
import ZooGraph
import ZooSystem

/// Measuring a classifier that decides on each class by itself.
extension Evaluate {
  /// - Parameter chosen: the thresholds of the model, where they hold.
  static func text(
    _ evaluation: MultiLabelEvaluation, _ knowledge: MeasuredPictures.Knowledge, _ chosen: DecisionThresholds?
  ) -> String {
    let threshold = evaluation.threshold.map { "threshold \($0)" } ?? "a threshold for each"
    let head = """
      \(evaluation.pictures) pictures (\(knowledge.words)), \(evaluation.classes.count) classes, \(threshold)\
      \(chosen.map { ", \($0.origin)" } ?? "")
        accuracy           \(percent(evaluation.accuracy)) of the decisions
        exact match        \(percent(evaluation.exactMatch)) of the pictures
        mean AP            \(percent(evaluation.meanAveragePrecision))
        F1                 \(percent(evaluation.microF1)) micro, \(percent(evaluation.macroF1)) macro
        loss               \(fixed(evaluation.loss))
        calibration error  \(percent(evaluation.calibrationError))
      """
    let scores = table(
      ["class", "precision", "recall", "F1", "AP", "threshold", "pictures"],
      evaluation.perClass.map { score in
        [score.name] + [score.precision, score.recall, score.f1, score.averagePrecision].map { percent($0) }
          + [fixed(score.threshold), "\(score.support)"]
      }, right: [1, 2, 3, 4, 5, 6])
    func names(_ classes: [String]) -> String { classes.isEmpty ? "none" : classes.joined(separator: ", ") }
    let misses = table(
      ["highest loss", "is", "taken for", "loss"],
      evaluation.worst.map { [$0.path, names($0.labels), names($0.predicted), fixed($0.loss)] })
    return [head, scores, misses].joined(separator: "\n\n")
  }
}

extension Context {
  /// Of each class the probability above which it counts: what was asked for, else the model's own; nil for a model
  /// that tells one class of many.
  func thresholds(for file: ZooFile) throws(UsageError) -> [Double]? {
    let given = try arguments.number(.threshold, in: 0...1)
    guard file.decidesOnEachClass else {
      guard given == nil else { throw UsageError("--threshold is for models trained with --loss binary") }
      return nil
    }
    return file.thresholds(given)
  }

  /// Those of the model, where they hold.
  func chosenThresholds(of file: ZooFile) -> DecisionThresholds? {
    arguments.string(.threshold) == nil ? file.model.thresholds : nil
  }
}
