import ZooSystem
import ZooTrain
import ZooTransfer

/// Shows the training of a fold: a bar for its features, then one for all of its epochs.
final class FoldProgress {
  private let name: String
  private let context: Context
  private var bar: ProgressBar?
  private var done = 0

  init(_ fold: Int, of folded: CrossValidation, _ context: Context) {
    name = "fold \(fold + 1)/\(folded.folds.parts.count)"
    self.context = context
  }

  func report(_ event: TransferTraining.Event, of training: TransferTraining) -> TrainingRun.Reply {
    switch event {
    case .note(let text): context.console.note(text)
    case .computing(let count, let total):
      if count == 0 { begin("features", of: total) }
      advance(to: count)
    case .training(.stage):
      let epochs = training.run.stages.reduce(0) { $0 + $1.epochs }
      begin(name, of: training.pictureCounts.training * epochs)
    case .training(.step(_, _, let metrics)):
      advance(
        to: training.pictureCounts.training * training.run.state.epoch + metrics.count,
        "loss \(fixed(metrics.loss))")
    case .training(.epoch): break
    }
    return .goOn
  }

  private func begin(_ what: String, of total: Int) {
    finish()
    bar = context.console.progress(what, total: total)
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
