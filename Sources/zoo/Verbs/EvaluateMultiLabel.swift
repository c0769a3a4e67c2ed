import ZooEvaluate
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage

/// Measuring a classifier that decides on each class by itself.
extension Evaluate {
  /// - Parameter classes: for each class of the pictures its index amongst the model's.
  static func multiLabel(
    _ classifier: FeatureExtractor, _ list: ImageList, _ pictures: Pictures, _ classes: [Int],
    threshold: Double, worst: Int, _ context: Context
  ) throws {
    let size = classifier.shape.elementCount ?? 0
    var evaluator = MultiLabelEvaluator(
      classes: classifier.model.labels ?? list.classNames, threshold: threshold)
    let bar = context.console.progress("evaluate", total: pictures.count)
    defer { bar.finish() }
    let skipped = try classifier.forEachBatch(of: pictures, skipBad: context.arguments.has("--skip-bad")) {
      indices, rows in
      for (place, index) in indices.enumerated() {
        let item = list.items[index]
        evaluator.add(
          UnsafeBufferPointer(rebasing: rows[(place * size)..<((place + 1) * size)]),
          labels: item.labels.map { classes[$0] }.sorted(), path: item.path)
      }
      bar.advance(by: indices.count)
    }
    bar.finish()
    let evaluation = evaluator.evaluation(worst: worst)
    if context.arguments.has("--json") {
      try context.printJSON(evaluation)
    } else {
      context.console.print(text(evaluation))
    }
    for picture in skipped { context.console.warn("skipped: \(picture.reason)") }
  }

  private static func text(_ evaluation: MultiLabelEvaluation) -> String {
    let head = """
      \(evaluation.pictures) pictures, \(evaluation.classes.count) classes, threshold \(evaluation.threshold)
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
    let given = try arguments.number("--threshold", in: 0...1)
    if file.graph.outputActivation == .sigmoid { return given ?? 0.5 }
    guard given == nil else { throw UsageError("--threshold is for models trained with --loss binary") }
    return nil
  }
}
