import ZooSystem
import ZooTrain
import ZooTransfer

/// Shows a training: a bar for each epoch on a terminal, a line when it is done, the logs on disk.
final class TrainingProgress {
  private let training: TransferTraining
  private let files: TrainingFiles
  private let context: Context
  private var bar: ProgressBar?
  private var done = 0
  /// Why a log could not be written.
  private(set) var failure: (any Error)?

  init(_ training: TransferTraining, _ files: TrainingFiles, _ context: Context) {
    self.training = training
    self.files = files
    self.context = context
  }

  func report(_ event: TransferTraining.Event) -> TrainingRun.Reply {
    switch event {
    case .note(let text): context.console.warn(text)
    case .computing(let done, let total):
      if done == 0 { begin("features", of: total) }
      advance(to: done)
    case .training(.stage): beginEpoch()
    case .training(.step(_, _, let metrics)):
      advance(
        to: metrics.count, "loss \(fixed(metrics.loss))  accuracy \(percent(metrics.accuracy))")
    case .training(.epoch(let record)):
      beginEpoch()
      context.console.report(
        "epoch \(record.epoch)  \(Self.text(record))\(record.isBest ? "  best" : "")")
      do {
        try files.writeLogs(training.log(command: CommandLine.arguments))
      } catch {
        failure = error
        return .interrupt
      }
    }
    return .goOn
  }

  static func text(_ record: EpochRecord) -> String {
    let training = "loss \(fixed(record.training.loss))  accuracy \(percent(record.training.accuracy))"
    guard let validation = record.validation else { return training }
    return training + "  validation loss \(fixed(validation.loss))  accuracy \(percent(validation.accuracy))"
  }

  /// From now on time is counted.
  private func begin(_ what: String, of total: Int) {
    finish()
    bar = context.console.progress(what, total: total)
  }

  private func beginEpoch() {
    let total = training.run.stages.reduce(0) { $0 + $1.epochs }
    begin("epoch \(training.run.state.epoch + 1)/\(total)", of: training.pictureCounts.training)
  }

  private func advance(to count: Int, _ note: String = "") {
    bar?.advance(by: count - done, note: note)
    done = count
  }

  /// Clears the bar's line.
  func finish() {
    bar?.finish()
    bar = nil
    done = 0
  }
}

/// What a training is going to do.
enum TrainingPlan {
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
