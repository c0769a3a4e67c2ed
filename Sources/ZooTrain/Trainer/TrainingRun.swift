import ZooEngine
import ZooGraph

import func Glibc.log

/// The pictures of a stage, as the outputs of the layers where its training graph begins.
public struct StageData {
  /// What is learnt from.
  public let training: any Examples
  /// What is held out.
  public let validation: (any Examples)?

  /// - Parameter validation: what is held out.
  public init(training: any Examples, validation: (any Examples)?) {
    self.training = training
    self.validation = validation
  }
}

/// A training from its first stage to its last.
///
/// The same seed, data and number of threads give the same weights, to the last bit, whether the run was
/// interrupted or not. Owned by one thread at a time.
public final class TrainingRun {
  /// What one run of ``train(data:report:)`` came to.
  public enum Outcome: Sendable, Equatable {
    /// All stages are done.
    case finished
    /// The loss is no number any more, or beyond all that can be made good; the best weights so far are kept.
    case diverged(epoch: Int, step: Int)
    /// `report` asked for it; the run can go on later.
    case interrupted
  }

  /// What happens while training.
  public enum Event {
    /// A stage begins, or goes on.
    case stage(Int, TrainingGraph, TrainingSplit)
    /// A step of the epoch is done.
    case step(Int, of: Int, Metrics)
    /// An epoch is done, and can be saved with ``checkpoint(data:)``.
    case epoch(EpochRecord)
  }

  /// What `report` wants.
  public enum Reply: Sendable {
    /// Train on.
    case goOn
    /// Stop here; the run can go on later.
    case interrupt
  }

  /// The network that is trained.
  public let graph: ResolvedGraph
  /// In their order.
  public let stages: [Stage]
  /// How it is trained.
  public let recipe: TrainingRecipe
  /// Whether trained BatchNormalization uses the statistics of the batch.
  public let trainsBatchNormalization: Bool
  /// The new layers on top of the base.
  public let head: [String]
  /// How far it is.
  public private(set) var state = TrainingState()

  private let base: any WeightSource
  let threads: Int?
  private var tensors = TrainingTensors()
  /// What a checkpoint must have been made with.
  private(set) lazy var digests = (graph: Checkpoint.digest(graph.graph), plan: Checkpoint.digest(plan))
  /// Of the present stage.
  private var active: (graph: TrainingGraph, optimizer: Optimizer)?

  /// - Parameters:
  ///   - weights: of all layers at the beginning, the head's (``InitialWeights``) included.
  ///   - head: the new layers on top of the base.
  ///   - trainsBatchNormalization: whether trained BatchNormalization layers use the statistics of the batch.
  /// - Throws: `TrainError` for a stage that names no layer, and values out of bounds.
  public init(
    _ graph: ResolvedGraph, weights: any WeightSource, head: [String], stages: [Stage],
    recipe: TrainingRecipe,
    trainsBatchNormalization: Bool = false, threads: Int? = nil
  ) throws(TrainError) {
    try recipe.validate()
    guard !stages.isEmpty else { throw TrainError("a training needs at least one stage") }
    self.graph = graph
    self.stages = stages
    self.recipe = recipe
    self.trainsBatchNormalization = trainsBatchNormalization
    self.head = head
    self.threads = threads
    base = weights
    for stage in stages { _ = try split(of: stage) }
  }

  /// Where the network is cut in a stage.
  ///
  /// - Throws: `TrainError` for a stage that names no layer.
  public func split(of stage: Stage) throws(TrainError) -> TrainingSplit {
    try TrainingSplit(
      graph, layers: try stage.layers.layers(of: graph, head: head),
      trainsBatchNormalization: trainsBatchNormalization)
  }

  /// The weights as they are now, over those from before the training.
  public var weights: OverlaidWeights { OverlaidWeights(currentTensors.weights, over: base) }

  /// The weights that finished stages and epochs have changed.
  public var changedWeights: Set<WeightName> { Set(tensors.weights.keys) }

  /// The weights as they were after the best epoch, over those from before the training; `nil` when there has
  /// been no epoch.
  public var bestWeights: OverlaidWeights? {
    state.bestEpoch == nil ? nil : OverlaidWeights(tensors.best, over: base)
  }

  /// Trains to the end of the last stage.
  ///
  /// - Parameters:
  ///   - data: asked for at the beginning of each stage.
  ///   - report: told of everything that happens; what it throws ends the training.
  /// - Throws: `TrainError`.
  public func train(
    data: (TrainingSplit) throws(TrainError) -> StageData,
    report: (Event) throws(TrainError) -> Reply = { _ in .goOn }
  ) throws(TrainError) -> Outcome {
    while state.stage < stages.count {
      let stage = stages[state.stage]
      let split = try split(of: stage)
      let data = try data(split)
      guard data.training.count > 0 else { throw TrainError("there are no pictures to train with") }
      let graph = try begin(split)
      if try report(.stage(state.stage, graph, split)) == .interrupt { return .interrupted }
      while state.epochOfStage < stage.epochs, !hasStopped {
        guard let outcome = try trainEpoch(stage, data, report) else { continue }
        return outcome
      }
      endStage()
    }
    return .finished
  }

  // MARK: Stages

  /// The training graph of a stage, with the weights and the optimizer as they were left.
  private func begin(_ split: TrainingSplit) throws(TrainError) -> TrainingGraph {
    if let active { return active.graph }
    do {
      let graph = try TrainingGraph(
        graph, split, weights: OverlaidWeights(tensors.weights, over: base), seed: recipe.seed,
        threads: threads)
      var optimizer = try Optimizer(recipe.optimizer, for: graph)
      if !tensors.slots.isEmpty {
        try optimizer.restore(iterations: tensors.iterations, slots: tensors.slots)
      }
      active = (graph, optimizer)
      return graph
    } catch let error as TrainError {
      throw error
    } catch {
      throw TrainError("\(error)")
    }
  }

  /// The next stage goes on from the best weights.
  private func endStage() {
    tensors.weights.merge(tensors.best) { _, best in best }
    tensors.slots = []
    tensors.iterations = 0
    active = nil
    state.stage += 1
    state.epochOfStage = 0
    state.stepOfStage = 0
    state.plateau = ReduceOnPlateau.State()
    state.bestOfStage = nil
    state.waited = 0
  }

  private var hasStopped: Bool {
    recipe.earlyStopping.map { state.epochOfStage > 0 && state.waited >= $0.patience } ?? false
  }

  // MARK: Epochs

  /// One epoch; what the run came to if it ends here.
  private func trainEpoch(
    _ stage: Stage, _ data: StageData, _ report: (Event) throws(TrainError) -> Reply
  ) throws(TrainError) -> Outcome? {
    let batches = batches(of: data.training.count)
    let schedule = recipe.schedule.steps(
      learningRate: stage.learningRate ?? recipe.optimizer.learningRate, epochs: stage.epochs,
      stepsPerEpoch: batches.count)
    var metrics = Metrics()
    var rate = 0.0
    for (number, batch) in batches.enumerated() {
      rate = schedule.rate(at: state.stepOfStage) * state.plateau.scale
      guard try step(batch, data.training, rate, &metrics) else {
        return .diverged(epoch: state.epoch + 1, step: state.step + 1)
      }
      if try report(.step(number + 1, of: batches.count, metrics)) == .interrupt { return .interrupted }
    }
    let validation = try data.validation.map { examples throws(TrainError) in try evaluate(examples) }
    guard (validation?.loss ?? metrics.loss) < Self.runaway * Self.guessing(graph) else {
      return .diverged(epoch: state.epoch + 1, step: state.step)
    }
    let record = note(metrics, validation, rate)
    return try report(.epoch(record)) == .interrupt ? .interrupted : nil
  }

  /// How many times the loss of guessing a loss may be. What still learns stays far below.
  private static let runaway = 1e4

  /// The cross-entropy of a network that takes all classes for equally likely.
  private static func guessing(_ graph: ResolvedGraph) -> Double {
    max(1, log(Double(graph.outputShape.elementCount ?? 1)))
  }

  private func batches(of count: Int) -> [[Int]] {
    let order = shuffledIndices(count, seed: recipe.seed, epoch: state.epoch)
    return stride(from: 0, to: count, by: recipe.batchSize).map {
      Array(order[$0..<min(count, $0 + recipe.batchSize)])
    }
  }

  /// One step; `false`, with the weights as they were, when the loss is no number any more.
  private func step(
    _ batch: [Int], _ examples: any Examples, _ rate: Double, _ metrics: inout Metrics
  ) throws(TrainError) -> Bool {
    guard let graph = active?.graph else { return false }
    let targets = try examples.targets(of: batch, epoch: state.epoch)
    let outputs = try pass(graph, batch, examples, mode: .training(step: state.step))
    let loss = try recipe.loss.evaluate(
      outputs, graph.outputActivation, targets: targets, weights: recipe.classWeights?.of(targets))
    guard loss.mean.isFinite else { return false }
    do throws(EngineError) { try graph.backward(loss.gradient) } catch { throw TrainError(error.description) }
    guard active?.optimizer.canStep(graph) == true else { return false }
    active?.optimizer.step(graph, learningRate: rate)
    metrics.add(outputs, loss, targets: targets, loss: recipe.loss, threshold: graph.decisionThreshold)
    state.step += 1
    state.stepOfStage += 1
    return true
  }

  /// How well the network as it is now does on `examples`, in inference mode.
  ///
  /// - Throws: `TrainError` when no stage has begun.
  public func evaluate(_ examples: any Examples) throws(TrainError) -> Metrics {
    guard let graph = active?.graph else { throw TrainError("no stage of the training has begun") }
    var metrics = Metrics()
    for start in stride(from: 0, to: examples.count, by: recipe.batchSize) {
      guard !Task.isCancelled else { throw .cancelled }
      let batch = Array(start..<min(examples.count, start + recipe.batchSize))
      let targets = try examples.targets(of: batch, epoch: state.epoch)
      let outputs = try pass(graph, batch, examples, mode: .inference)
      let loss = try recipe.loss.evaluate(outputs, graph.outputActivation, targets: targets)
      metrics.add(outputs, loss, targets: targets, loss: recipe.loss, threshold: graph.decisionThreshold)
    }
    return metrics
  }

  private func pass(
    _ graph: TrainingGraph, _ batch: [Int], _ examples: any Examples, mode: TrainingGraph.Mode
  ) throws(TrainError) -> [Float] {
    do throws(EngineError) {
      return try graph.forward(count: batch.count, mode: mode) { input, buffer throws(EngineError) in
        do throws(TrainError) {
          try examples.fill(input, with: batch, epoch: state.epoch, into: buffer)
        } catch {
          throw EngineError(error.description)
        }
      }
    } catch {
      throw TrainError(error.description)
    }
  }

  /// Takes note of an epoch, keeping its weights if they are the best.
  private func note(_ training: Metrics, _ validation: Metrics?, _ rate: Double) -> EpochRecord {
    let monitored = validation ?? training
    let best = state.bestEpoch.map { state.history[$0 - 1].monitored }
    let isBest = best.map { recipe.monitor.improves(monitored, on: $0) } ?? true
    let record = EpochRecord(
      epoch: state.epoch + 1, stage: state.stage + 1, learningRate: rate, training: training,
      validation: validation, isBest: isBest)
    state.epoch += 1
    state.epochOfStage += 1
    state.history.append(record)
    tensors = currentTensors
    if isBest {
      state.bestEpoch = state.epoch
      tensors.best = tensors.weights
    }
    let delta = recipe.earlyStopping?.minimumDelta ?? 0
    if state.bestOfStage.map({ recipe.monitor.improves(monitored, on: $0, by: delta) }) ?? true {
      state.bestOfStage = monitored
      state.waited = 0
    } else {
      state.waited += 1
    }
    recipe.plateau?.note(monitored.loss, in: &state.plateau)
    return record
  }

  // MARK: Checkpoints

  private struct Plan: Encodable {
    var stages: [Stage]
    var recipe: TrainingRecipe
    var head: [String]
    var trainsBatchNormalization: Bool
  }

  private var plan: Plan {
    Plan(stages: stages, recipe: recipe, head: head, trainsBatchNormalization: trainsBatchNormalization)
  }

  /// Everything as it is now.
  private var currentTensors: TrainingTensors {
    active.map { tensors(of: $0.graph, $0.optimizer) } ?? tensors
  }

  private func tensors(of graph: TrainingGraph, _ optimizer: Optimizer) -> TrainingTensors {
    var current = tensors
    for name in graph.changingWeights {
      if let values = try? graph.values(of: name) { current.weights[name] = values }
    }
    current.slots = optimizer.slots
    current.iterations = optimizer.iterations
    return current
  }

  /// What a checkpoint after an epoch of this graph is like, which is not the first one nor the best: for the time that
  /// it takes.
  public func exampleCheckpoint(of graph: TrainingGraph, _ optimizer: Optimizer) -> Checkpoint {
    var example = tensors(of: graph, optimizer)
    example.best = example.weights
    return Checkpoint(identity: identity(data: ""), state: state, tensors: example)
  }

  /// The state and the tensors that belong to it, after an epoch.
  var saved: (state: TrainingState, tensors: TrainingTensors) { (state, tensors) }

  /// Goes on where another run of the same training was.
  func restore(_ state: TrainingState, _ tensors: TrainingTensors) {
    self.state = state
    self.tensors = tensors
    active = nil
  }
}

extension TrainingGraph {
  /// What the output of a probability of ½ is.
  var decisionThreshold: Float { outputActivation == .sigmoid ? 0 : 0.5 }
}
