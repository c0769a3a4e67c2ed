import FoundationEssentials
import Glibc
import ZooSystem
import ZooTrain

/// What a training writes, beside each other.
struct TrainingFiles {
  let output: String

  var checkpoint: String { output + ".checkpoint" }
  var csv: String { output.replacingExtension(with: "log.csv") }
  var json: String { output.replacingExtension(with: "log.json") }

  private struct Log: Encodable {
    var command: [String]
    var createdBy = "zoo \(zooVersion)"
    var stages: [Stage]
    var recipe: TrainingRecipe
    var pictures: Int
    var validationPictures: Int
    var bestEpoch: Int?
    var epochs: [Entry]
  }

  private struct Entry: Encodable {
    var epoch: Int
    var stage: Int
    var learningRate: Double
    var loss: Double
    var accuracy: Double
    var validationLoss: Double?
    var validationAccuracy: Double?
    var isBest: Bool

    init(_ record: EpochRecord) {
      epoch = record.epoch
      stage = record.stage
      learningRate = record.learningRate
      loss = record.training.loss
      accuracy = record.training.accuracy
      validationLoss = record.validation?.loss
      validationAccuracy = record.validation?.accuracy
      isBest = record.isBest
    }

    static let header = "epoch,stage,learning_rate,loss,accuracy,val_loss,val_accuracy,best"

    var row: String {
      let validation = [validationLoss, validationAccuracy].map { $0.map { "\($0)" } ?? "" }
      return
        (["\(epoch)", "\(stage)", "\(learningRate)", "\(loss)", "\(accuracy)"] + validation + ["\(isBest)"])
        .joined(separator: ",")
    }
  }

  /// Writes both logs anew.
  func writeLogs(_ run: TrainingRun, pictures: (training: Int, validation: Int)) throws {
    let entries = run.state.history.map(Entry.init)
    let log = Log(
      command: CommandLine.arguments, stages: run.stages, recipe: run.recipe, pictures: pictures.training,
      validationPictures: pictures.validation, bestEpoch: run.state.bestEpoch, epochs: entries)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try write(String(decoding: try encoder.encode(log), as: UTF8.self) + "\n", to: json)
    try write(([Entry.header] + entries.map(\.row)).joined(separator: "\n") + "\n", to: csv)
  }

  private func write(_ text: String, to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(text)
    try file.commit()
  }
}

/// Keeps a second run from writing the same output.
final class OutputLock {
  private let path: String
  private let descriptor: Int32

  /// - Throws: `FileError` when the output's folder cannot be written, `Failure` while another run goes on.
  init(_ output: String) throws {
    _ = try AtomicFile(output)
    path = output + ".lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path, failed: "write") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw Failure("\(output): another training is writing this output; wait for it, or choose another -o")
    }
  }

  func release() {
    unlink(path)
    close(descriptor)
  }
}
