import ZooEngine
import ZooFeatures
import ZooSystem
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
  /// What is done once and kept for other trainings: the features of pictures. `nil` where it is not known.
  public let secondsOnce: Double?
  /// What each training does. `nil` where it is not known.
  public let secondsEach: Double?
  /// The same with the checkpoints, which a training writes that is not on folds. `nil` where it is not known.
  public let secondsSaved: Double?
  /// Whether the stage may end before its last epoch.
  public let mayEndSooner: Bool

  /// From a few steps and pictures on this machine.
  public var expected: ExpectedTime { ExpectedTime(measured: seconds()) }

  /// - Parameter folds: as for ``Swift/Array/expected(folds:)``.
  fileprivate func seconds(folds: Int? = nil) -> Double? {
    guard let once = secondsOnce else { return nil }
    // Each of k folds trains with k − 1 of k parts, which is k − 1 times all pictures, and then comes all of them.
    if let folds { return secondsEach.map { once + Double(folds) * $0 } }
    return secondsSaved.map { once + $0 }
  }

  private enum Keys: String, CodingKey {
    case layers, epochs, learningRate, stepsPerEpoch, trainableParameters, cut, memory, picturesToCompute
    case expectedSeconds, mayEndSooner
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    try values.encode(layers, forKey: .layers)
    try values.encode(epochs, forKey: .epochs)
    try values.encode(learningRate, forKey: .learningRate)
    try values.encode(stepsPerEpoch, forKey: .stepsPerEpoch)
    try values.encode(trainableParameters, forKey: .trainableParameters)
    try values.encode(cut, forKey: .cut)
    try values.encode(memory, forKey: .memory)
    try values.encode(picturesToCompute, forKey: .picturesToCompute)
    try values.encode(expected.seconds, forKey: .expectedSeconds)
    try values.encode(mayEndSooner, forKey: .mayEndSooner)
  }
}

/// How long something is expected to take.
public enum ExpectedTime: Sendable, Equatable {
  /// So many.
  case seconds(Double)
  /// So little that what is not measured, as opening files, writing logs and the report, weighs as much.
  case brief
  /// What was measured differs too much to tell.
  case unknown

  static let longestBrief = 10.0

  /// - Parameter measured: the seconds of what was measured; `nil` where they are not known.
  init(measured: Double?) {
    self = measured.map { $0 < Self.longestBrief ? .brief : .seconds($0) } ?? .unknown
  }

  /// Where they can be told.
  public var seconds: Double? {
    if case .seconds(let seconds) = self { seconds } else { nil }
  }
}

extension [StagePreview] {
  /// How long all of it takes.
  ///
  /// - Parameter folds: how many trainings on all but a part of the pictures go before the one on all.
  public func expected(folds: Int? = nil) -> ExpectedTime {
    ExpectedTime(
      measured: reduce(0) { sum, stage in
        sum.flatMap { sum in stage.seconds(folds: folds).map { sum + $0 } }
      })
  }
}

extension TransferTraining {
  /// Looks ahead at every stage: a few steps are run and timed, and a few pictures computed.
  ///
  /// - Throws: as ``train(checkpoint:report:)``.
  public func previews() throws -> [StagePreview] {
    let start = ContinuousClock.now
    return try previews { (ContinuousClock.now - start) / .seconds(1) }
  }

  /// - Parameter now: seconds since whenever.
  func previews(by now: () -> Double) throws -> [StagePreview] {
    var trained: Set<String> = []
    var previews: [StagePreview] = []
    for (number, stage) in options.stages.enumerated() {
      let split = try run.split(of: stage)
      // What earlier stages change below the cut has to be computed again for this one. Behind the last one the
      // model is measured once more.
      previews.append(
        try preview(
          stage, split, isAtHand: trained.isSubset(of: split.active),
          measurements: stage.epochs + (number == options.stages.count - 1 ? 1 : 0), by: now))
      trained.formUnion(split.trainable.map(\.layer))
    }
    return previews
  }

  private func preview(
    _ stage: Stage, _ split: TrainingSplit, isAtHand: Bool, measurements: Int, by now: () -> Double
  ) throws -> StagePreview {
    let graph = try TrainingGraph(
      run.graph, split, weights: run.weights, seed: options.recipe.seed, threads: options.threads)
    var parameters = 0
    graph.update { _, values, _ in parameters += values.count }
    let batch = options.recipe.batchSize
    let (training, validation) = try examples(of: split) { _ in .goOn }
    let lists = [training, validation]
    let toCompute = lists.reduce(0) { $0 + $1.computations(epochs: stage.epochs, isAtHand: isAtHand) }
    let perPicture = toCompute == 0 ? 0 : try secondsPerPicture(training, by: now)
    // What was computed to be timed need not be computed again.
    let once = lists.compactMap { $0 as? CachedExamples }.reduce(0) { $0 + (isAtHand ? $1.missing : 0) }
    let each = lists.reduce(0) { $0 + $1.computations(epochs: stage.epochs, isAtHand: isAtHand) } - once
    func seconds(_ pictures: Int) -> Double? { pictures == 0 ? 0 : perPicture.map { Double(pictures) * $0 } }
    let steps = (training.count + batch - 1) / batch
    var optimizer = try Optimizer(options.recipe.optimizer, for: graph)
    // The run keeps the weights as they were after the last epoch and after the best one.
    let kept = 2 * parameters + optimizer.slots.joined().reduce(0) { $0 + $1.count }
    let perStep = try secondsPerStep(graph, &optimizer, training, by: now)
    let measuring = Double(measurements * validation.count) / Double(batch)
    let perEpoch = secondsPerEpoch(graph, &optimizer, by: now)
    let epochs = Double(stage.epochs)
    let running =
      epochs * (Double(steps) * perStep.training + perEpoch.keeping) + measuring * perStep.validation
    func withFrozen(_ pace: Pace) -> Double? {
      seconds(each).flatMap { frozen in pace.seconds.map { frozen + $0 } }
    }
    return StagePreview(
      layers: stage.layers.text, epochs: stage.epochs,
      learningRate: stage.learningRate ?? options.recipe.optimizer.learningRate, stepsPerEpoch: steps,
      trainableParameters: parameters, cut: split.boundary,
      memory: try graph.memory(forBatch: batch) + 4 * kept, picturesToCompute: toCompute,
      secondsOnce: seconds(once),
      secondsEach: withFrozen(running), secondsSaved: withFrozen(running + epochs * perEpoch.saving),
      mayEndSooner: options.recipe.earlyStopping.map { $0.patience < stage.epochs } ?? false)
  }

  /// Of the frozen layers, in groups as they are run. What a cache lacks is kept there.
  private func secondsPerPicture(_ examples: any Examples, by now: () -> Double) throws -> Double? {
    let size = FrozenPart.group
    var place = 0
    let pace = try Pace(by: now) {
      if let cached = examples as? CachedExamples, cached.missing >= size {
        return try cached.computeFirst(size)
      }
      guard let pictures = (examples as? CachedExamples)?.source ?? examples as? PictureExamples else {
        preconditionFailure("examples come from pictures, or from a cache of them")
      }
      let group = (place..<(place + size)).map { $0 % pictures.count }
      place += size
      _ = try pictures.outputs(of: group, epoch: 0)
    }
    return pace.seconds.map { $0 / Double(size) }
  }

  /// A step of learning and one of measuring, on pictures that are at hand where there are some, else on zeros.
  private func secondsPerStep(
    _ graph: TrainingGraph, _ optimizer: inout Optimizer, _ examples: any Examples, by now: () -> Double
  ) throws -> (training: Pace, validation: Pace) {
    let batch = options.recipe.batchSize
    let cached = examples as? CachedExamples
    let places = (cached?.atHand ?? []).prefix(batch)
    let sample = places.isEmpty ? [] : (0..<batch).map { places[places.startIndex + $0 % places.count] }
    func outputs(_ mode: TrainingGraph.Mode) throws(EngineError) -> [Float] {
      try graph.forward(count: batch, mode: mode) { input, buffer throws(EngineError) in
        guard let cached, !sample.isEmpty else { return buffer.update(repeating: 0) }
        do throws(TrainError) {
          try cached.fill(input, with: sample, epoch: 0, into: buffer)
        } catch {
          throw EngineError(error.description)
        }
      }
    }
    let training = try Pace(by: now) {
      let outputs = try outputs(.training(step: 0))
      try graph.backward(Array(repeating: 0, count: outputs.count))
      optimizer.step(graph, learningRate: 0)
    }
    let validation = try Pace(by: now) { _ = try outputs(.inference) }
    return (training, validation)
  }

  /// Numbers of a checkpoint that are written to time it: of a large one a part tells enough.
  private static var sampleOfCheckpoint: Int { 1 << 22 }

  /// What comes after an epoch, which weighs more than the steps where a large head sees few pictures: the weights are
  /// kept, together with what the optimizer has, which the next step then copies; and all that is written.
  private func secondsPerEpoch(
    _ graph: TrainingGraph, _ optimizer: inout Optimizer, by now: () -> Double
  ) -> (keeping: Pace, saving: Pace) {
    var kept = run.exampleCheckpoint(of: graph, optimizer)
    let keeping = Pace(by: now) {
      kept = run.exampleCheckpoint(of: graph, optimizer)
      optimizer.step(graph, learningRate: 0)
    }
    let (sample, share) = kept.sample(of: Self.sampleOfCheckpoint)
    // It replaces the one before. Where there is no room for it, its time is not known.
    let folder = try? TemporaryFolder()
    let saving = folder.flatMap { folder in
      try? Pace(by: now) {
        try sample.write(to: folder.path + "/checkpoint", survivesPowerFailure: false)
      }
    }
    return (keeping, (1 / share) * (saving ?? Pace([])))
  }
}

extension Examples {
  /// How often the frozen layers are run for a picture in a stage.
  ///
  /// - Parameter isAtHand: whether what a cache holds can be used.
  fileprivate func computations(epochs: Int, isAtHand: Bool) -> Int {
    guard let cached = self as? CachedExamples else { return count * epochs }
    return isAtHand ? cached.missing : cached.total
  }
}
