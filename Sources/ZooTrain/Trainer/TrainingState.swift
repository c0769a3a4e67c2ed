import ZooEngine
import ZooGraph

/// Where a training is: everything that decides how it goes on, except for the numbers in its tensors.
public struct TrainingState: Sendable, Equatable, Codable {
  /// Epochs done, in all stages.
  public internal(set) var epoch = 0
  /// Steps done, in all stages.
  public internal(set) var step = 0
  /// The stage to go on with; the number of stages when all are done.
  public internal(set) var stage = 0
  /// Epochs and steps done in this stage.
  public internal(set) var epochOfStage = 0
  /// Steps of the present stage that are done.
  public internal(set) var stepOfStage = 0
  /// All epochs so far.
  public internal(set) var history: [EpochRecord] = []
  /// The epoch with the best weights, counted from 1.
  public internal(set) var bestEpoch: Int?
  var plateau = ReduceOnPlateau.State()
  /// Early stopping: the best of this stage, and epochs since.
  var bestOfStage: Metrics?
  var waited = 0

  /// Whether no epoch before the last one was better.
  var bestIsLatest: Bool { bestEpoch == epoch }
}

/// What an epoch brought.
public struct EpochRecord: Sendable, Equatable, Codable {
  /// Counted from 1, in all stages.
  public let epoch: Int
  /// Counted from 1.
  public let stage: Int
  /// Of the epoch's last step.
  public let learningRate: Double
  /// Of the pictures that were learnt from, while they were.
  public let training: Metrics
  /// Of the held-out pictures, after the epoch.
  public let validation: Metrics?
  /// Whether no epoch before was better.
  public let isBest: Bool

  /// What the best weights are chosen by.
  public var monitored: Metrics { validation ?? training }
}

/// The numbers that belong to a ``TrainingState``.
public struct TrainingTensors: Sendable, Equatable {
  /// All weights that training has changed.
  public internal(set) var weights: [WeightName: [Float]] = [:]
  /// The same weights as they were after the best epoch.
  public internal(set) var best: [WeightName: [Float]] = [:]
  /// What the optimizer keeps, by the stage's trainable weights and by slot.
  var slots: [[[Float]]] = []
  var iterations = 0
}
