import ZooEngine
import ZooFeatures
import ZooTrain

/// What a stage will do and cost, before its first step.
public struct StagePreview: Sendable, Equatable, Encodable {
  public let layers: String
  public let epochs: Int
  public let learningRate: Double
  public let stepsPerEpoch: Int
  public let trainableParameters: Int
  /// The frozen layers whose outputs are computed once per picture.
  public let cut: [String]
  /// Bytes of activations and gradients of a step.
  public let memory: Int
  /// Pictures that the frozen layers still have to be run for.
  public let picturesToCompute: Int
  /// From one step and one batch of pictures on this machine.
  public let expectedSeconds: Double
}

extension TransferTraining {
  /// Looks ahead at every stage: one step is run and timed on nothing, and one batch of pictures computed.
  ///
  /// - Throws: as ``train(checkpoint:report:)``.
  public func previews() throws -> [StagePreview] {
    try options.stages.map(preview)
  }

  private func preview(_ stage: Stage) throws -> StagePreview {
    let split = try run.split(of: stage)
    let graph = try TrainingGraph(
      run.graph, split, weights: run.weights, seed: options.recipe.seed, threads: options.threads)
    var parameters = 0
    graph.update { _, values, _ in parameters += values.count }
    let batch = options.recipe.batchSize
    let steps = (data.training.items.count + batch - 1) / batch
    let (missing, perPicture) = try computing(split)
    let perStep = try seconds(ofStep: graph, batch)
    return StagePreview(
      layers: stage.layers.text, epochs: stage.epochs,
      learningRate: stage.learningRate ?? options.recipe.optimizer.learningRate, stepsPerEpoch: steps,
      trainableParameters: parameters, cut: split.boundary, memory: try graph.memory(forBatch: batch),
      picturesToCompute: missing,
      expectedSeconds: Double(missing) * perPicture + Double(steps * stage.epochs) * perStep)
  }

  /// Pictures the frozen layers have to be run for, in all epochs, and the seconds that one takes.
  private func computing(_ split: TrainingSplit) throws -> (Int, Double) {
    let (training, validation) = try examples(of: split) { _ in .goOn }
    let cached = [training, validation].compactMap { $0 as? CachedExamples }
    var missing = cached.reduce(0) { $0 + $1.missing }
    if let fresh = training as? PictureExamples {
      missing += fresh.count * (options.stages.first?.epochs ?? 1)
    }
    let probe = Array(0..<min(training.count, 16))
    guard missing > 0, !probe.isEmpty else { return (missing, 0) }
    let start = ContinuousClock.now
    if let first = cached.first(where: { $0.missing > 0 }) {
      try first.computeFirst(probe.count)
    } else if let fresh = training as? PictureExamples {
      _ = try fresh.outputs(of: probe, epoch: 0)
    }
    return (missing, (ContinuousClock.now - start) / .seconds(1) / Double(probe.count))
  }

  /// Of the second of two steps on zeros: the first one prepares kernels.
  private func seconds(ofStep graph: TrainingGraph, _ batch: Int) throws -> Double {
    let inputs = graph.inputShapes.map { [Float](repeating: 0, count: batch * ($0.elementCount ?? 0)) }
    var seconds = 0.0
    for _ in 0..<2 {
      let start = ContinuousClock.now
      let outputs = try graph.forward(inputs, count: batch, mode: .training(step: 0))
      try graph.backward(Array(repeating: 0, count: outputs.count))
      seconds = (ContinuousClock.now - start) / .seconds(1)
    }
    return seconds
  }
}
