import Testing
import ZooEngine
import ZooGraph
import ZooSystem
import ZooTrain

/// The loop over epochs and stages: that it learns, stops, keeps the best, and goes on where it was.
@Suite struct TrainingRunTests {
  /// A head on vectors of three classes.
  struct Setup {
    let run: TrainingRun
    let training: MemoryExamples
    let validation: MemoryExamples

    init(
      recipe: TrainingRecipe = TrainingRecipe(batchSize: 8, seed: 1), epochs: Int = 6, rate: Double? = 0.02,
      head: String = "dense:8:relu,dropout:0.2,dense", threads: Int? = nil, count: Int = 45
    ) throws {
      let model = try clusterHead(head)
      let graph = try model.graph.resolved()
      run = try TrainingRun(
        graph, weights: InitialWeights(graph, layers: model.headLayers, seed: 7), head: model.headLayers,
        stages: [Stage(LayerSelection("head"), epochs: epochs, learningRate: rate)], recipe: recipe,
        threads: threads)
      training = try clusters(count, seed: 2)
      validation = try clusters(30, seed: 3)
    }

    func train(
      report: (TrainingRun.Event) throws(TrainError) -> TrainingRun.Reply = { _ in .goOn }
    ) throws -> TrainingRun.Outcome {
      try run.train(
        data: { _ throws(TrainError) in StageData(training: training, validation: validation) },
        report: report)
    }

    func values(_ weights: OverlaidWeights?) throws -> [[Float]] {
      try ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"].map { name in
        let parts = name.split(separator: "/").map(String.init)
        return try #require(weights).withWeight(layer: parts[0], weight: parts[1]) { Array($0) }
      }
    }
  }

  @Test func learns() throws {
    let setup = try Setup(epochs: 12)
    var batches: [Int] = []
    let outcome = try setup.train { event in
      if case .step(_, let count, _) = event { batches.append(count) }
      return .goOn
    }
    #expect(outcome == .finished)
    let history = setup.run.state.history
    #expect(history.map(\.epoch) == Array(1...12))
    // 45 pictures in batches of 8: five full ones and one of five, as in Keras.
    #expect(batches.count == 12 * 6 && batches.allSatisfy { $0 == 6 })
    #expect(history.allSatisfy { $0.training.count == 45 && $0.validation?.count == 30 })
    let best = try #require(setup.run.state.bestEpoch)
    #expect(try #require(history[best - 1].validation).accuracy > 0.9)
    #expect(history.map { $0.validation?.accuracy ?? 0 }.max() == history[best - 1].validation?.accuracy)
    #expect(history.last { $0.isBest }?.epoch == best)
    #expect(history[11].training.loss < history[0].training.loss)
  }

  /// The best epoch's weights, not the last one's, and the features that the last layer takes.
  @Test func theBestOutputsAreThoseOfTheBestEpoch() throws {
    let setup = try Setup(recipe: TrainingRecipe(batchSize: 8, seed: 3), epochs: 9)
    _ = try setup.train()
    let best = try #require(setup.run.state.bestEpoch)
    let expected = try #require(setup.run.state.history[best - 1].validation)
    let outputs = try setup.run.bestOutputs(of: setup.validation)
    let targets = setup.validation.targets(of: Array(0..<30), epoch: 0)
    let right = (0..<30).count { row in
      let probabilities = outputs.probabilities[(row * 3)..<(row * 3 + 3)]
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
      return probabilities.max() == probabilities[row * 3 + targets.label(row)]
    }
    #expect(Double(right) / 30 == expected.accuracy)
    #expect(outputs.embeddingSize == 8 && outputs.embeddings.count == 240)
    #expect(outputs.embeddings.contains { $0 > 0 } && outputs.embeddings.allSatisfy { $0 >= 0 })
  }

  @Test func sameSeedGivesTheSameBytes() throws {
    func weights(seed: UInt64) throws -> [[Float]] {
      let setup = try Setup(recipe: TrainingRecipe(batchSize: 8, seed: seed))
      _ = try setup.train()
      return try setup.values(setup.run.weights)
    }
    #expect(try weights(seed: 1) == weights(seed: 1))
    #expect(try weights(seed: 1) != weights(seed: 2))
  }

  @Test func resumesToTheSameBytes() throws {
    let recipe = TrainingRecipe(
      batchSize: 8, optimizer: .adam, schedule: .init(.cosine(), warmupEpochs: 1),
      plateau: ReduceOnPlateau(factor: 0.5, patience: 1), seed: 5)
    let whole = try Setup(recipe: recipe)
    _ = try whole.train()
    let folder = try TemporaryFolder()
    for stop in 1...5 {
      let path = "\(folder.path)/\(stop).safetensors"
      let first = try Setup(recipe: recipe)
      let outcome = try first.train { event throws(TrainError) in
        guard case .epoch(let record) = event, record.epoch == stop else { return .goOn }
        do { try first.run.checkpoint(data: "pictures").write(to: path) } catch {
          throw TrainError("\(error)")
        }
        return .interrupt
      }
      #expect(outcome == .interrupted)
      let second = try Setup(recipe: recipe)
      try second.run.resume(from: path, data: "pictures")
      #expect(second.run.state.epoch == stop)
      #expect(try second.train() == .finished)
      #expect(try second.values(second.run.weights) == whole.values(whole.run.weights))
      #expect(try second.values(second.run.bestWeights) == whole.values(whole.run.bestWeights))
      #expect(second.run.state == whole.run.state)
    }
  }

  @Test func checkpointsOfEqualRunsAreEqual() throws {
    let folder = try TemporaryFolder()
    func digest(_ name: String) throws -> String {
      let setup = try Setup(epochs: 2)
      _ = try setup.train()
      try setup.run.checkpoint(data: "pictures").write(to: "\(folder.path)/\(name)")
      return try Digest.ofFile("\(folder.path)/\(name)")
    }
    #expect(try digest("a") == digest("b"))
  }

  @Test func checkpointsAreWrittenWhileTheTrainingGoesOn() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/checkpoint"
    func write(_ path: String) throws -> Setup {
      let (setup, writer) = (try Setup(epochs: 4), CheckpointWriter(path))
      _ = try setup.train { event throws(TrainError) in
        guard case .epoch = event else { return .goOn }
        do { try writer.write(setup.run.checkpoint(data: "pictures")) } catch { throw TrainError("\(error)") }
        return .goOn
      }
      try writer.finish()
      return setup
    }
    let whole = try write(path)
    let resumed = try Setup(epochs: 4)
    try resumed.run.resume(from: path, data: "pictures")
    // A checkpoint is of the end of an epoch, before its stage ends.
    #expect(resumed.run.state.history == whole.run.state.history)
    #expect(try resumed.values(resumed.run.bestWeights) == whole.values(whole.run.bestWeights))
    #expect(throws: (any Error).self) { try write(folder.path + "/missing/checkpoint") }
  }

  @Test func refusesOtherCheckpoints() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/checkpoint"
    let setup = try Setup(epochs: 2)
    _ = try setup.train()
    try setup.run.checkpoint(data: "pictures").write(to: path)
    func refusal(_ run: TrainingRun, data: String = "pictures") -> String {
      let error = #expect(throws: FileError.self) { try run.resume(from: path, data: data) }
      return error?.description ?? ""
    }
    #expect(refusal(setup.run, data: "others").contains("another data set"))
    #expect(refusal(try Setup(epochs: 3).run).contains("other options"))
    #expect(refusal(try Setup(epochs: 2, head: "dense:9:relu,dense").run).contains("another network"))
    let file = try AtomicFile(path)
    try file.write("nonsense, and more of it")
    try file.commit()
    #expect(!refusal(setup.run).isEmpty)
  }

  @Test func keepsTheBestWhenTheLossIsNoNumber() throws {
    let setup = try Setup(epochs: 9, rate: 1e-3)
    _ = try setup.train { event in
      if case .epoch(let record) = event, record.epoch == 2 { return .interrupt }
      return .goOn
    }
    let best = try setup.values(setup.run.bestWeights)
    let outcome = try setup.run.train(
      data: { _ throws(TrainError) in
        var values = Array(repeating: Float(0.5), count: 45 * 6)
        values[44 * 6] = .nan
        let targets = try Targets(classes: 3, of: (0..<45).map { $0 % 3 })
        return StageData(
          training: try MemoryExamples(inputs: [values], targets: targets), validation: setup.validation)
      })
    guard case .diverged(epoch: 3, let step) = outcome else {
      Issue.record("found \(outcome)")
      return
    }
    // Epochs of six steps; the one that meets the picture is in the third.
    #expect((13...18).contains(step))
    #expect(try setup.values(setup.run.bestWeights) == best)
  }

  @Test func divergesWithAnAbsurdLearningRate() throws {
    let setup = try Setup(recipe: TrainingRecipe(batchSize: 8, optimizer: .sgd()), epochs: 20, rate: 1e6)
    guard case .diverged = try setup.train() else {
      Issue.record("a learning rate of a million should end in no number")
      return
    }
  }

  @Test func stopsEarly() throws {
    var recipe = TrainingRecipe(batchSize: 8, monitor: .loss)
    recipe.earlyStopping = .init(patience: 2, minimumDelta: 10)
    let setup = try Setup(recipe: recipe, epochs: 50)
    #expect(try setup.train() == .finished)
    // The first epoch is the best so far, two more bring no ten less.
    #expect(setup.run.state.history.count == 3)
  }

  /// However much worse the last epoch is than those before.
  @Test func theLastEpochIsTakenWhereNothingIsWatched() throws {
    let setup = try Setup(recipe: TrainingRecipe(batchSize: 8, monitor: .last, seed: 3), epochs: 7, rate: 0.3)
    _ = try setup.train()
    #expect(setup.run.state.bestEpoch == 7)
    #expect(try setup.values(setup.run.bestWeights) == setup.values(setup.run.weights))
  }

  @Test func withoutValidationTheTrainingPicturesDecide() throws {
    let setup = try Setup(epochs: 3)
    _ = try setup.run.train(
      data: { _ throws(TrainError) in StageData(training: setup.training, validation: nil) })
    #expect(setup.run.state.history.allSatisfy { $0.validation == nil })
    #expect(setup.run.state.bestEpoch != nil)
  }

  @Test func laterStagesGoOnFromTheBestWeights() throws {
    let model = try Head.linear.appended(to: smallBase(), classes: 3, output: .softmax)
    let graph = try model.graph.resolved()
    var initial = FixedWeights(graph)
    for entry in graph.entries {
      for spec in entry.weights {
        initial.values["\(entry.node.name)/\(spec.name)"] =
          spec.name == "kernel"
          ? glorotUniform(spec.shape, generator: SplitMix64(seed: 4))
          : Array(
            repeating: spec.name == "gamma" || spec.name == "moving_variance" ? 1 : 0,
            count: spec.elementCount)
      }
    }
    let run = try TrainingRun(
      graph, weights: initial, head: model.headLayers,
      stages: try Stage.parse("head:2@1e-2,block3:2@1e-3,all:1@1e-4"), recipe: TrainingRecipe(batchSize: 4),
      trainsBatchNormalization: true)
    var boundaries: [[String]] = []
    let outcome = try run.train(data: { split throws(TrainError) in
      boundaries.append(split.boundary)
      let shapes = split.boundary.compactMap { name in graph.index(of: name).map { graph.entries[$0].shape } }
      var random = SplitMix64(seed: 6)
      let inputs = shapes.map { shape in
        (0..<12 * (shape.elementCount ?? 0)).map { _ in Float.random(in: 0...1, using: &random) }
      }
      let targets = try Targets(classes: 3, of: (0..<12).map { $0 % 3 })
      return StageData(training: try MemoryExamples(inputs: inputs, targets: targets), validation: nil)
    })
    #expect(outcome == .finished)
    #expect(boundaries == [["global_average_pooling2d"], ["block2_relu"], ["input_layer"]])
    #expect(run.state.history.map(\.stage) == [1, 1, 2, 2, 3])
    #expect(run.state.history.map(\.learningRate) == [1e-2, 1e-2, 1e-3, 1e-3, 1e-4])
    let moved = try run.weights.withWeight(layer: "block3_bn", weight: "moving_mean") {
      $0.contains { $0 != 0 }
    }
    #expect(moved)
  }

  @Test func shufflesEachEpochDifferently() {
    let orders = (0..<3).map { shuffledIndices(100, seed: 1, epoch: $0) }
    #expect(Set(orders).count == 3)
    #expect(orders.allSatisfy { $0.sorted() == Array(0..<100) })
    #expect(shuffledIndices(100, seed: 1, epoch: 0) == orders[0])
    #expect(shuffledIndices(100, seed: 2, epoch: 0) != orders[0])
    #expect(shuffledIndices(0, seed: 1, epoch: 0).isEmpty)
    // Each number is as likely to come first as any other.
    let firsts = (0..<3_000).map { shuffledIndices(3, seed: 9, epoch: $0)[0] }
    for number in 0..<3 { #expect((850...1_150).contains(firsts.filter { $0 == number }.count)) }
  }

  @Test(arguments: [
    TrainingRecipe(batchSize: 0), .init(loss: .categoricalCrossentropy(labelSmoothing: 1)),
    .init(schedule: .init(warmupEpochs: -1)), .init(plateau: .init(factor: 1)),
    .init(earlyStopping: .init(patience: 0)), .init(optimizer: .init(.sgd(momentum: 3), learningRate: 1)),
  ])
  func refusesRecipesOutOfBounds(_ recipe: TrainingRecipe) {
    #expect(throws: TrainError.self) { try Setup(recipe: recipe) }
  }
}
