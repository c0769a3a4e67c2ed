import FoundationEssentials
import ZooSystem

/// What is known of a training afterwards: how it was called, on what it ran, what each epoch brought.
public struct TrainingLog: Sendable, Equatable, Codable {
  /// What an epoch brought.
  public struct Epoch: Sendable, Equatable, Codable {
    /// Counted from 1, in all stages.
    public var epoch: Int
    /// Counted from 1.
    public var stage: Int
    /// Of the epoch's last step.
    public var learningRate: Double
    /// Of the training pictures.
    public var loss: Double
    /// Of the training pictures.
    public var accuracy: Double
    /// Of the held-out pictures, where there are some.
    public var validationLoss: Double?
    /// Of the held-out pictures, where there are some.
    public var validationAccuracy: Double?
    /// Whether no epoch before was better.
    public var isBest: Bool
  }

  /// The pictures, by class and part; one of several classes counts for each.
  public struct Pictures: Sendable, Equatable, Codable {
    /// In the order of the counts.
    public var classNames: [String]
    /// In the order of the classes.
    public var training: [Int]
    /// Of each class.
    public var validation: [Int]
    /// Why pictures were left out, a line for each.
    public var skipped: [String]

    /// - Parameter training: how many pictures of each class were learnt from.
    public init(classNames: [String], training: [Int], validation: [Int], skipped: [String]) {
      self.classNames = classNames
      self.training = training
      self.validation = validation
      self.skipped = skipped
    }
  }

  /// Program and arguments.
  public var command: [String]
  /// The program with its version.
  public var createdBy: String
  /// Of the last epoch, in UTC as in `2026-11-25T08:30:00Z`.
  public var date: String
  /// What it was computed on.
  public var machine: RunMachine
  /// In their order.
  public var stages: [Stage]
  /// Of each stage.
  public var trainableParameters: [Int]
  /// How it was trained.
  public var recipe: TrainingRecipe
  /// The changes of pictures, as they were written.
  public var augmentation: String?
  /// Numbers of pictures.
  public var pictures: Int
  /// How many were held out.
  public var validationPictures: Int
  /// How many there were of each class.
  public var picturesPerClass: Pictures
  /// Counted from 1; the model has its weights.
  public var bestEpoch: Int?
  /// In their order.
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
  /// Of an epoch's record.
  public init(_ record: EpochRecord) {
    self.init(
      epoch: record.epoch, stage: record.stage, learningRate: record.learningRate, loss: record.training.loss,
      accuracy: record.training.accuracy, validationLoss: record.validation?.loss,
      validationAccuracy: record.validation?.accuracy, isBest: record.isBest)
  }
}
