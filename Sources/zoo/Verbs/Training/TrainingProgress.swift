import ZooSystem
import ZooTrain
import ZooTransfer

/// Shows a training: a bar for each epoch on a terminal, a line when it is done, the logs on disk.
final class TrainingProgress {
  private let training: TransferTraining
  /// Of the cross-validation that went before.
  private let folds: CrossValidationRecord?
  private let files: TrainingFiles
  private let context: Context
  private let narrator: TrainingNarrator
  private var bar: ProgressBar?
  private var done = 0
  /// Why a log could not be written.
  private(set) var failure: (any Error)?

  init(
    _ training: TransferTraining, _ folds: CrossValidationRecord?, _ files: TrainingFiles,
    _ narrator: TrainingNarrator, _ context: Context
  ) {
    self.narrator = narrator
    self.training = training
    self.folds = folds
    self.files = files
    self.context = context
  }

  func report(_ event: TransferTraining.Event) -> TrainingRun.Reply {
    switch event {
    case .note(let text): context.console.note(text)
    case .computing(let done, let total):
      if done == 0 { begin("features", of: total) }
      advance(to: done)
    case .training(.stage): beginEpoch()
    case .training(.step(_, _, let metrics)):
      advance(
        to: metrics.count, "loss \(fixed(metrics.loss))  accuracy \(percent(metrics.accuracy))")
    case .training(.epoch(let record)):
      beginEpoch()
      do {
        try narrator.tell(epoch: record, of: training)
        var log = try training.log(command: CommandLine.arguments)
        log.crossValidation = folds
        try files.writeLogs(log)
      } catch {
        failure = error
        return .interrupt
      }
    }
    return .goOn
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
