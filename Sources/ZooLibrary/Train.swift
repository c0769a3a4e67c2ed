import Glibc
import ZooSystem

/// What happens in a training.
public enum TrainingProgress: Sendable {
  /// The outputs of the frozen layers are computed, once for all epochs.
  case computing(done: Int, of: Int)
  /// A step of an epoch is done: the pictures so far, and how well they went.
  case step(Int, of: Int, Metrics)
  /// An epoch is done.
  case epoch(EpochRecord)
  /// Something worth knowing.
  case note(String)
}

/// What came of a training.
public struct TrainedModel: Sendable {
  /// With the weights of the best epoch.
  public let model: Model
  /// All epochs.
  public let history: [EpochRecord]
  /// The best of them.
  public let best: EpochRecord
}

extension Model {
  /// Puts a head on the network and trains it on pictures of one's own; fine-tunes the network as `options` say.
  ///
  /// - Parameters:
  ///   - data: the pictures with their classes.
  ///   - options: by default the network is frozen, and the head of Keras' guides trained for ten epochs.
  ///   - output: where to write the `.zoo` file.
  ///   - checkpoint: where the training is saved after each epoch, and from where it goes on if it was stopped. The
  ///     file is removed when the model is written.
  ///   - progress: told of everything that happens, from any thread.
  /// - Throws: `TransferError` and `TrainError` for what cannot be trained, pictures that cannot be read, and a loss
  ///   that runs away (what was learnt until then is written); `FileError` when a file cannot be written;
  ///   `CancellationError`: the checkpoint then keeps the epochs that were finished.
  public func train(
    on data: Dataset, _ options: TransferOptions = TransferOptions(), writing output: String,
    checkpoint: String? = nil, progress: @Sendable (TrainingProgress) -> Void = { _ in }
  ) async throws -> TrainedModel {
    try await LongWork.run {
      try checkOutput(output, isNoneOf: [file.path])
      let training = try TransferTraining(file, data, options)
      if let checkpoint, access(checkpoint, F_OK) == 0 {
        try training.run.resume(from: checkpoint, data: training.identity)
      }
      let outcome = try training.train(checkpoint: checkpoint) { event in
        if let told = TrainingProgress(event) { progress(told) }
        return .goOn
      }
      let state = training.run.state
      if state.bestEpoch != nil {
        try training.write(to: output)
        if let checkpoint { unlink(checkpoint) }
      }
      if case .diverged(let epoch, let step) = outcome {
        throw TransferError.diverged(epoch: epoch, step: step, best: state.bestEpoch, output: output)
      }
      guard let best = state.bestEpoch else { throw TrainError("no epoch was asked for") }
      return TrainedModel(
        model: try Model(output), history: state.history, best: state.history[best - 1])
    }
  }
}

extension TrainingProgress {
  fileprivate init?(_ event: TransferTraining.Event) {
    switch event {
    case .computing(let done, let total): self = .computing(done: done, of: total)
    case .note(let text): self = .note(text)
    case .training(.step(let step, let total, let metrics)): self = .step(step, of: total, metrics)
    case .training(.epoch(let record)): self = .epoch(record)
    // A stage's beginning brings objects that other threads must not touch.
    case .training(.stage): return nil
    }
  }
}
