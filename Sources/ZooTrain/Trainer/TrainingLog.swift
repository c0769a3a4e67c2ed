import FoundationEssentials
import ZooSystem

/// What is known of a training afterwards: how it was called, on what it ran, what each epoch brought.
public struct TrainingLog: Sendable, Equatable, Codable {
  public struct Epoch: Sendable, Equatable, Codable {
    /// Counted from 1, in all stages.
    public var epoch: Int
    /// Counted from 1.
    public var stage: Int
    /// Of the epoch's last step.
    public var learningRate: Double
    public var loss: Double
    public var accuracy: Double
    public var validationLoss: Double?
    public var validationAccuracy: Double?
    /// Whether no epoch before was better.
    public var isBest: Bool
  }

  /// The pictures, by class and part; one of several classes counts for each.
  public struct Pictures: Sendable, Equatable, Codable {
    public var classNames: [String]
    /// In the order of the classes.
    public var training: [Int]
    public var validation: [Int]
    /// Why pictures were left out, a line for each.
    public var skipped: [String]

    public init(classNames: [String], training: [Int], validation: [Int], skipped: [String]) {
      self.classNames = classNames
      self.training = training
      self.validation = validation
      self.skipped = skipped
    }
  }

  /// Program and arguments.
  public var command: [String]
  public var createdBy: String
  /// Of the last epoch, in UTC as in `2026-11-25T08:30:00Z`.
  public var date: String
  public var machine: RunMachine
  public var stages: [Stage]
  /// Of each stage.
  public var trainableParameters: [Int]
  public var recipe: TrainingRecipe
  public var augmentation: String?
  /// Numbers of pictures.
  public var pictures: Int
  public var validationPictures: Int
  public var picturesPerClass: Pictures
  public var bestEpoch: Int?
  public var epochs: [Epoch]
  /// Where there was one before the training on all pictures that the epochs are of.
  public var crossValidation: CrossValidationRecord?

  /// - Throws: `TrainError` for a stage that names no layer.
  public init(
    _ run: TrainingRun, command: [String], count: (training: Int, validation: Int), pictures: Pictures,
    augmentation: String? = nil
  ) throws(TrainError) {
    self.command = command
    createdBy = "zoo \(zooVersion)"
    date = Date.now.formatted(.iso8601)
    machine = RunMachine(threads: run.threads)
    stages = run.stages
    trainableParameters = []
    for stage in run.stages {
      let trainable = try run.split(of: stage).trainable
      trainableParameters.append(
        run.graph.entries.reduce(0) { sum, entry in
          entry.weights.reduce(sum) {
            $0 + (trainable.contains(.init(entry.node.name, $1.name)) ? $1.elementCount : 0)
          }
        })
    }
    recipe = run.recipe
    self.augmentation = augmentation
    self.pictures = count.training
    validationPictures = count.validation
    picturesPerClass = pictures
    bestEpoch = run.state.bestEpoch
    epochs = run.state.history.map(Epoch.init)
  }

  /// Reads what ``json`` gave.
  ///
  /// - Throws: `FileError` when it cannot be read, or is no such log.
  public init(contentsOf path: String) throws(FileError) {
    let bytes = try InputFile.contents(of: path, limit: 1 << 26)
    do {
      self = try JSONDecoder().decode(TrainingLog.self, from: Data(bytes))
    } catch {
      throw FileError(path, "is not the log of a training as this version writes it")
    }
  }

  /// - Throws: `EncodingError` for numbers that are not finite.
  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
  }
}

extension TrainingLog.Epoch {
  public init(_ record: EpochRecord) {
    self.init(
      epoch: record.epoch, stage: record.stage, learningRate: record.learningRate, loss: record.training.loss,
      accuracy: record.training.accuracy, validationLoss: record.validation?.loss,
      validationAccuracy: record.validation?.accuracy, isBest: record.isBest)
  }
}
