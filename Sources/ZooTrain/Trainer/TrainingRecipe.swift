/// What belongs to a training besides its network, its data and its stages.
public struct TrainingRecipe: Sendable, Equatable, Codable {
  /// Pictures of a step.
  public var batchSize: Int
  /// What is made small.
  public var loss: Loss
  /// How a step is made of gradients.
  public var optimizer: OptimizerConfiguration
  /// How the learning rate changes.
  public var schedule: Schedule
  /// Lowers the rate where nothing improves.
  public var plateau: ReduceOnPlateau?
  /// Ends a stage where nothing improves.
  public var earlyStopping: EarlyStopping?
  /// How much pictures of each class count.
  public var classWeights: ClassWeights?
  /// By what the best weights are chosen.
  public var monitor: Monitor
  /// Of shuffling and dropout.
  public var seed: UInt64

  /// Keras' defaults: batches of 32, Adam, categorical cross-entropy.
  public init(
    batchSize: Int = 32, loss: Loss = .categoricalCrossentropy(), optimizer: OptimizerConfiguration = .adam,
    schedule: Schedule = Schedule(), plateau: ReduceOnPlateau? = nil, earlyStopping: EarlyStopping? = nil,
    classWeights: ClassWeights? = nil, monitor: Monitor = .accuracy, seed: UInt64 = 0
  ) {
    self.batchSize = batchSize
    self.loss = loss
    self.optimizer = optimizer
    self.schedule = schedule
    self.plateau = plateau
    self.earlyStopping = earlyStopping
    self.classWeights = classWeights
    self.monitor = monitor
    self.seed = seed
  }

  /// How the learning rate changes in the course of a stage.
  public struct Schedule: Sendable, Equatable, Codable {
    /// How the rate becomes smaller.
    public enum Kind: Sendable, Equatable, Codable {
      /// It does not.
      case constant
      /// Down to `alpha` times the learning rate at the stage's end.
      case cosine(alpha: Double = 0)
      /// Times `rate` each epoch.
      case exponential(rate: Double, staircase: Bool = false)
    }

    /// How the rate becomes smaller.
    public var kind: Kind
    /// In which the rate rises evenly from 0.
    public var warmupEpochs: Double

    /// - Parameter warmupEpochs: epochs in which the rate rises from 0.
    public init(_ kind: Kind = .constant, warmupEpochs: Double = 0) {
      self.kind = kind
      self.warmupEpochs = warmupEpochs
    }

    /// In steps, for a stage of `epochs` epochs of `stepsPerEpoch` steps.
    public func steps(learningRate: Double, epochs: Int, stepsPerEpoch: Int) -> LearningRateSchedule {
      let all = epochs * stepsPerEpoch
      let warmup = min(all, Int((warmupEpochs * Double(stepsPerEpoch)).rounded()))
      let decay: LearningRateSchedule.Decay =
        switch kind {
        case .constant: .constant
        case .cosine(let alpha): .cosine(steps: max(1, all - warmup), alpha: alpha)
        case .exponential(let rate, let staircase):
          .exponential(steps: stepsPerEpoch, rate: rate, staircase: staircase)
        }
      return LearningRateSchedule(learningRate, warmupSteps: warmup, decay: decay)
    }
  }

  /// Ends a stage when what is monitored no longer improves, as Keras' `EarlyStopping`.
  public struct EarlyStopping: Sendable, Equatable, Codable {
    /// Epochs without an improvement after which the stage ends.
    public var patience: Int
    /// What counts as an improvement.
    public var minimumDelta: Double

    /// - Parameter patience: epochs without improvement after which a stage ends.
    public init(patience: Int, minimumDelta: Double = 0) {
      self.patience = patience
      self.minimumDelta = minimumDelta
    }
  }

  /// What is watched on the validation pictures, or where there are none on the training pictures.
  public enum Monitor: String, Sendable, Codable {
    /// The highest accuracy; of equal ones that with the lowest loss.
    case accuracy
    /// The lowest loss.
    case loss
    /// Nothing: the last epoch is taken, whatever it brought.
    case last

    /// Whether `new` is better than `old` by more than `delta`.
    func improves(_ new: Metrics, on old: Metrics, by delta: Double = 0) -> Bool {
      guard new.loss.isFinite else { return false }
      return switch self {
      case .last: true
      case .loss: new.loss + delta < old.loss
      case .accuracy where delta == 0 && new.accuracy == old.accuracy: new.loss < old.loss
      case .accuracy: new.accuracy - delta > old.accuracy
      }
    }
  }

  /// - Throws: `TrainError` for the first value that is out of bounds.
  public func validate() throws(TrainError) {
    guard (1...65_536).contains(batchSize) else {
      throw TrainError("the batch size must be between 1 and 65536, found \(batchSize)")
    }
    guard schedule.warmupEpochs >= 0, schedule.warmupEpochs <= 100_000 else {
      throw TrainError("the warm-up must be at least 0 epochs, found \(schedule.warmupEpochs)")
    }
    guard earlyStopping.map({ $0.patience >= 1 }) ?? true else {
      throw TrainError("the patience of early stopping must be at least 1 epoch")
    }
    guard earlyStopping == nil || monitor != .last else {
      throw TrainError("early stopping needs something to watch: the accuracy or the loss")
    }
    guard plateau.map({ $0.patience >= 1 && $0.factor > 0 && $0.factor < 1 }) ?? true else {
      throw TrainError("a plateau needs a patience of at least 1 epoch and a factor between 0 and 1")
    }
    switch loss {
    case .categoricalCrossentropy(let smoothing), .binaryCrossentropy(let smoothing):
      guard (0..<1).contains(smoothing) else {
        throw TrainError("label smoothing must be at least 0 and below 1, found \(smoothing)")
      }
    case .sparseCategoricalCrossentropy: break
    }
    try optimizer.validate()
  }
}
