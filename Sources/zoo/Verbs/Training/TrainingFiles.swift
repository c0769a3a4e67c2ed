import FoundationEssentials
import Glibc
import ZooStore
import ZooSystem
import ZooTrain

/// What a training writes, beside each other.
struct TrainingFiles {
  let output: String

  var checkpoint: String { output + ".checkpoint" }
  var csv: String { output.replacingExtension(with: "log.csv") }
  var json: String { output.replacingExtension(with: "log.json") }
  var report: String { output.replacingExtension(with: "report.html") }
  /// Of a cross-validation.
  var folds: String { output.replacingExtension(with: "folds.csv") }

  /// What is said when the training is interrupted.
  ///
  /// - Parameters:
  ///   - command: the program and its arguments.
  ///   - keepsEpochs: whether what was learnt is saved after each epoch, as without folds.
  ///   - keepsFeatures: whether features stay on disk for the next run.
  func farewell(_ command: [String], keepsEpochs: Bool, keepsFeatures: Bool) -> @Sendable () -> String {
    let again = command.filter { ![Flag.resume, .overwrite].map(\.rawValue).contains($0) }
    let kept = "nothing is kept\(keepsFeatures ? " but the features in the cache" : "")"
    guard keepsEpochs else { return { "with --folds \(kept). Begin again with: \(shellLine(again))" } }
    return { [checkpoint] in
      guard FileManager.default.fileExists(atPath: checkpoint) else {
        return "no epoch was finished, so \(kept). Begin again with: \(shellLine(again))"
      }
      return "\(checkpoint) keeps what was learnt in the epochs that were finished. Go on with: "
        + shellLine(again + [Flag.resume.rawValue])
    }
  }

  private static let header = "epoch,stage,learning_rate,loss,accuracy,val_loss,val_accuracy,best"

  /// Writes both logs anew.
  func writeLogs(_ log: TrainingLog) throws {
    try write(try log.json, to: json)
    try write(([Self.header] + log.epochs.map(row)).joined(separator: "\n") + "\n", to: csv)
  }

  private func row(_ epoch: TrainingLog.Epoch) -> String {
    let validation = [epoch.validationLoss, epoch.validationAccuracy].map { $0.map { "\($0)" } ?? "" }
    let training = [epoch.learningRate, epoch.loss, epoch.accuracy].map { "\($0)" }
    return (["\(epoch.epoch)", "\(epoch.stage)"] + training + validation + ["\(epoch.isBest)"])
      .joined(separator: ",")
  }

  private func write(_ text: String, to path: String) throws {
    // Written again after each epoch.
    let file = try AtomicFile(path, survivesPowerFailure: false)
    try file.write(text)
    try file.commit()
  }
}

/// Keeps a second run from writing the same output.
final class OutputLock {
  private let path: String
  private let descriptor: Int32

  /// - Throws: `FileError` when the output's folder cannot be written, `Failure` while another run goes on.
  init(_ files: TrainingFiles) throws {
    let output = files.output
    _ = try AtomicFile(output)
    path = output + ".lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path, failed: "write") }
    // A file without a name is that of a run that ended a moment ago.
    var status = stat()
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0, status.st_nlink > 0
    else {
      close(descriptor)
      throw Failure("\(output): another training is writing this output; wait for it, or choose another -o")
    }
    // Each of them can be written, and what a killed run left of it goes.
    for path in [files.checkpoint, files.csv, files.json, files.report, files.folds] {
      _ = try AtomicFile(path)
    }
    Leftovers.add { path }
  }

  func release() {
    unlink(path)
    close(descriptor)
    Leftovers.forget(path)
  }
}
