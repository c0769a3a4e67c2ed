import FoundationEssentials
import ZooDoctor
import ZooFeatures
import ZooFile
import ZooSystem
import ZooTrain
import ZooTransfer

/// Tells how a training goes: in sentences, or with `--json` an object a line.
struct TrainingNarrator {
  private struct Plan: Encodable {
    var event = "plan"
    var pictures, validationPictures, classes: Int
    var folds: Int?
    var stages: [StagePreview]
    /// Of everything; none where it is not known.
    var expectedSeconds: Double?
    /// What might do better.
    var advice: [String]
  }

  private struct Epoch: Encodable {
    var event = "epoch"
    var epoch: TrainingLog.Epoch
  }

  private struct Fold: Encodable {
    var event = "fold"
    /// Counted from 1.
    var fold, of, pictures: Int
    var scores: CrossValidationRecord.Scores
  }

  private struct Folds: Encodable {
    var event = "folds"
    var mean, spread, all: CrossValidationRecord.Scores
  }

  private struct End: Encodable {
    var event = "end"
    var best: TrainingLog.Epoch
    var output, report, log: String
    var folds: String?
    var thresholds: DecisionThresholds?
  }

  private let console: Console
  private let isForPrograms: Bool

  init(_ context: Context) {
    console = context.console
    isForPrograms = context.arguments.has(.json)
  }

  func tell(plan stages: [StagePreview], of training: TransferTraining, folds: Int?) throws {
    let pictures = training.pictureCounts
    let advice = ClassAdvice(
      training.classCounts, balances: training.options.balances,
      augments: training.options.augmentation != nil
    ).sentences
    try tell(
      Plan(
        pictures: pictures.training, validationPictures: pictures.validation,
        classes: training.model.labels?.count ?? 0, folds: folds, stages: stages,
        expectedSeconds: stages.expectedSeconds(folds: folds), advice: advice)
    ) { TrainingPlan.text(training, stages, folds: folds, advice) }
  }

  func tell(fold: Int, of folded: CrossValidation) throws {
    let scores = folded.scores(of: fold)
    let (count, pictures) = (folded.folds.parts.count, folded.folds.parts[fold].count)
    try tell(Fold(fold: fold + 1, of: count, pictures: pictures, scores: scores)) {
      row("fold \(fold + 1)/\(count)", pictures, scores)
    }
  }

  func tell(folds record: CrossValidationRecord) throws {
    let pictures = record.pictures.reduce(0, +)
    try tell(Folds(mean: record.mean, spread: record.spread, all: record.all)) {
      [
        row("mean", nil, record.mean), row("spread ±", nil, record.spread),
        row("together", pictures, record.all), "now a model is trained on all of these pictures",
      ].joined(separator: "\n")
    }
  }

  private func row(_ name: String, _ pictures: Int?, _ scores: CrossValidationRecord.Scores) -> String {
    let count = pictures.map { counted($0, "picture") } ?? ""
    return "\(name.padded(to: 10))\(count.padded(to: 16))accuracy \(percent(scores.accuracy).padded(to: 8))  "
      + "loss \(fixed(scores.loss))  macro F1 \(percent(scores.macroF1))"
  }

  func tell(epoch record: EpochRecord, of training: TransferTraining) throws {
    let isChosen = record.isBest && training.run.recipe.monitor != .last
    try tell(Epoch(epoch: TrainingLog.Epoch(record))) {
      "epoch \(record.epoch)  \(text(record))\(isChosen ? "  best" : "")"
    }
  }

  /// - Parameter record: of the epoch whose weights are written.
  func tell(
    chosen record: EpochRecord, of training: TransferTraining, isFolded: Bool, _ files: TrainingFiles
  ) throws {
    let end = End(
      best: TrainingLog.Epoch(record), output: files.output, report: files.report, log: files.json,
      folds: isFolded ? files.folds : nil, thresholds: training.model.thresholds)
    try tell(end) {
      let choice = training.run.recipe.monitor == .last ? "last" : "best"
      let head = isFolded ? "" : "\(choice): epoch \(record.epoch), \(text(record))\n"
      let basis =
        isFolded
        ? "\(files.output): written; it was trained on all \(training.pictureCounts.training.grouped) pictures, so what "
          + "to expect of it is what the folds say: 'zoo evaluate' knows these pictures and can only tell how well "
          + "they are remembered\n\(files.folds): written" : "\(files.output): written"
      return "\(head)\(thresholds(of: training.model))\(basis)\n\(files.report): written"
    }
  }

  /// A line, where they were chosen.
  private func thresholds(of model: ModelDescription) -> String {
    guard let chosen = model.thresholds, chosen.rule != .given else { return "" }
    let shown = chosen.values.prefix(12).enumerated().map { "\(model.label($0)) \(fixed($1))" }
    let more = chosen.values.count > shown.count ? " and \(chosen.values.count - shown.count) more" : ""
    return "thresholds, \(chosen.origin): \(shown.joined(separator: ", "))\(more)\n"
  }

  private func tell(_ event: some Encodable, _ sentence: () -> String) throws {
    guard isForPrograms else { return console.report(sentence()) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A loss may be no number.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    console.tell(String(decoding: try encoder.encode(event), as: UTF8.self))
  }

  private func text(_ record: EpochRecord) -> String {
    let training = "loss \(fixed(record.training.loss))  accuracy \(percent(record.training.accuracy))"
    guard let validation = record.validation else { return training }
    return training + "  validation loss \(fixed(validation.loss))  accuracy \(percent(validation.accuracy))"
  }
}

/// What a training is going to do.
private enum TrainingPlan {
  static func text(
    _ training: TransferTraining, _ previews: [StagePreview], folds: Int?, _ advice: [String]
  ) -> String {
    let pictures = training.pictureCounts
    let classes = "\(training.model.labels?.count ?? 0) classes"
    let head =
      folds.map { count in
        "\(pictures.training) pictures in \(count) folds, \(classes): \(count + 1) trainings, one for each fold and "
          + "one on all"
      } ?? "\(pictures.training) pictures to learn from, \(pictures.validation) to validate on, \(classes)"
    let rows = previews.enumerated().map { number, stage in
      [
        "\(number + 1)", stage.layers, "\(stage.epochs)", "\(stage.learningRate)",
        "\(stage.trainableParameters)", stage.cut.joined(separator: ", "), "\(stage.memory >> 20) MiB",
        "\(stage.picturesToCompute)", duration(stage.expectedSeconds, mayEndSooner: stage.mayEndSooner),
      ]
    }
    let all = duration(
      previews.expectedSeconds(folds: folds), mayEndSooner: previews.contains(where: \.mayEndSooner))
    let stages = table(
      ["stage", "trained", "epochs", "rate", "parameters", "from", "memory", "to compute", "expected"], rows,
      right: [2, 3, 4, 6, 7, 8])
    let isSum = previews.count > 1 || folds != nil
    return ([head, "", stages] + (isSum ? ["expected in all: \(all)"] : []) + advice.map { "advice: \($0)" })
      .joined(separator: "\n") + "\n"
  }

  /// What was measured differs too much where nothing is told.
  private static func duration(_ seconds: Double?, mayEndSooner: Bool) -> String {
    guard let seconds else { return "unknown" }
    return (mayEndSooner ? "at most " : "") + "\(rounded(seconds, decimals: 1)) s"
  }
}
