import FoundationEssentials
import ZooSystem
import ZooTrain
import ZooTransfer

/// Tells how a training goes: in sentences, or with `--json` an object a line.
struct TrainingNarrator {
  private struct Plan: Encodable {
    var event = "plan"
    var pictures, validationPictures, classes: Int
    var stages: [StagePreview]
  }

  private struct Epoch: Encodable {
    var event = "epoch"
    var epoch: TrainingLog.Epoch
  }

  private struct End: Encodable {
    var event = "end"
    var best: TrainingLog.Epoch
    var output, report, log: String
  }

  private let console: Console
  private let isForPrograms: Bool

  init(_ context: Context) {
    console = context.console
    isForPrograms = context.arguments.has(.json)
  }

  func tell(plan stages: [StagePreview], of training: TransferTraining) throws {
    let pictures = training.pictureCounts
    try tell(
      Plan(
        pictures: pictures.training, validationPictures: pictures.validation,
        classes: training.model.labels?.count ?? 0, stages: stages)
    ) { TrainingPlan.text(training, stages) }
  }

  func tell(epoch record: EpochRecord) throws {
    try tell(Epoch(epoch: TrainingLog.Epoch(record))) {
      "epoch \(record.epoch)  \(text(record))\(record.isBest ? "  best" : "")"
    }
  }

  func tell(best record: EpochRecord, _ files: TrainingFiles) throws {
    try tell(
      End(
        best: TrainingLog.Epoch(record), output: files.output, report: files.report, log: files.json)
    ) {
      "best: epoch \(record.epoch), \(text(record))\n\(files.output): written\n\(files.report): written"
    }
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
  static func text(_ training: TransferTraining, _ previews: [StagePreview]) -> String {
    let pictures = training.pictureCounts
    let head =
      "\(pictures.training) pictures to learn from, \(pictures.validation) to validate on, "
      + "\(training.model.labels?.count ?? 0) classes"
    let rows = previews.enumerated().map { number, stage in
      [
        "\(number + 1)", stage.layers, "\(stage.epochs)", "\(stage.learningRate)",
        "\(stage.trainableParameters)", stage.cut.joined(separator: ", "), "\(stage.memory >> 20) MiB",
        "\(stage.picturesToCompute)", "\(rounded(stage.expectedSeconds, decimals: 1)) s",
      ]
    }
    return head + "\n\n"
      + table(
        ["stage", "trained", "epochs", "rate", "parameters", "from", "memory", "to compute", "expected"],
        rows,
        right: [2, 3, 4, 6, 7, 8]) + "\n"
  }
}
