import ZooEngine
import ZooFeatures
import ZooTrain

/// What a stage will do and cost, before its first step.
public struct StagePreview: Sendable, Equatable, Encodable {
  /// What is trained, as it was written.
  public let layers: String
  /// How often all pictures are seen.
  public let epochs: Int
  /// At its highest.
  public let learningRate: Double
  /// Batches of an epoch.
  public let stepsPerEpoch: Int
  /// Values that training changes.
  public let trainableParameters: Int
  /// The frozen layers whose outputs are computed once per picture.
  public let cut: [String]
  /// Bytes of activations, weights, gradients, and of what the optimizer and the run keep of the weights.
  public let memory: Int
  /// Pictures that the frozen layers still have to be run for.
  public let picturesToCompute: Int
  /// From a few steps and pictures on this machine.
  public let expectedSeconds: Double
}

extension TransferTraining {
  /// Looks ahead at every stage: a few steps are run and timed on nothing, and a few pictures computed.
  ///
  /// - Throws: as ``train(checkpoint:report:)``.
  public func previews() throws -> [StagePreview] {
    var trained: Set<String> = []
    var previews: [StagePreview] = []
    for stage in options.stages {
      let split = try run.split(of: stage)
      // What earlier stages change below the cut has to be computed again for this one.
      previews.append(try preview(stage, split, isAtHand: trained.isSubset(of: split.active)))
      trained.formUnion(split.trainable.map(\.layer))
    }
    return previews
  }

  private func preview(_ stage: Stage, _ split: TrainingSplit, isAtHand: Bool) throws -> StagePreview {
    let graph = try TrainingGraph(
      run.graph, split, weights: run.weights, seed: options.recipe.seed, threads: options.threads)
    var parameters = 0
    graph.update { _, values, _ in parameters += values.count }
    let batch = options.recipe.batchSize
    let (training, validation) = try examples(of: split) { _ in .goOn }
    let missing = [training, validation].reduce(0) { sum, examples in
      guard let cached = examples as? CachedExamples else { return sum + examples.count * stage.epochs }
      return sum + (isAtHand ? cached.missing : cached.total)
    }
    let perPicture = missing > 0 ? try secondsPerPicture(training) : 0
    let steps = (training.count + batch - 1) / batch
    var optimizer = try Optimizer(options.recipe.optimizer, for: graph)
    // The run keeps the weights as they were after the last epoch and after the best one.
    let kept = 2 * parameters + optimizer.slots.joined().reduce(0) { $0 + $1.count }
    let perStep = try secondsPerStep(graph, &optimizer, batch)
    let perEpoch =
      Double(steps) * perStep.training
      + Double(validation.count) / Double(batch) * perStep.validation
    return StagePreview(
      layers: stage.layers.text, epochs: stage.epochs,
      learningRate: stage.learningRate ?? options.recipe.optimizer.learningRate, stepsPerEpoch: steps,
      trainableParameters: parameters, cut: split.boundary,
      memory: try graph.memory(forBatch: batch) + 4 * kept,
      picturesToCompute: missing,
      expectedSeconds: Double(missing) * perPicture + Double(stage.epochs) * perEpoch)
  }

  /// Of the frozen layers, from the second of two groups of pictures: the first one prepares them. What a cache
  /// lacks is kept there.
  private func secondsPerPicture(_ examples: any Examples) throws -> Double {
    let size = FrozenPart.group
    let groups = [0..<size, size..<2 * size].map { $0.clamped(to: 0..<examples.count) }.filter { !$0.isEmpty }
    var seconds = 0.0
    for group in groups {
      let start = ContinuousClock.now
      if let cached = examples as? CachedExamples, cached.missing >= size {
        try cached.computeFirst(group.count)
      } else if let pictures = (examples as? CachedExamples)?.source ?? examples as? PictureExamples {
        _ = try pictures.outputs(of: Array(group), epoch: 0)
      }
      seconds = (ContinuousClock.now - start) / .seconds(1) / Double(group.count)
    }
    return seconds
  }

  /// A step of learning and one of measuring, on zeros; not the first ones, which prepare kernels.
  private func secondsPerStep(
    _ graph: TrainingGraph, _ optimizer: inout Optimizer, _ batch: Int
  ) throws -> (training: Double, validation: Double) {
    let inputs = graph.inputShapes.map { [Float](repeating: 0, count: batch * ($0.elementCount ?? 0)) }
    func seconds(_ body: () throws -> Void) rethrows -> Double {
      try body()
      let start = ContinuousClock.now
      var count = 0.0
      while count == 0 || (count < 10 && ContinuousClock.now - start < .milliseconds(50)) {
        try body()
        count += 1
      }
      return (ContinuousClock.now - start) / .seconds(1) / count
    }
    let training = try seconds {
      let outputs = try graph.forward(inputs, count: batch, mode: .training(step: 0))
      try graph.backward(Array(repeating: 0, count: outputs.count))
      optimizer.step(graph, learningRate: 0)
    }
    let validation = try seconds { _ = try graph.forward(inputs, count: batch, mode: .inference) }
    return (training, validation)
  }
}
