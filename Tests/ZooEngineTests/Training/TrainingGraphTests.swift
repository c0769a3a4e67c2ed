import Testing
import ZooEngine
import ZooGraph

/// What a training graph does beyond gradients.
@Suite struct TrainingGraphTests {
  /// Two blocks with a shortcut, so that the cut between them is one tensor and the one inside is two.
  private func network() throws -> ResolvedGraph {
    let builder = GraphBuilder("network")
    let x = builder.conv2D(builder.input(.map(8, 8, 3)), "stem", 16, kernel: 3, activation: .relu)
    var y = builder.conv2D(x, "a1", 16, kernel: 3, padding: .same)
    y = builder.batchNormalization(y, "a2")
    y = builder.add("a3", builder.conv2D(y, "a4", 16, kernel: 1), x)
    let pooled = builder.globalAveragePooling2D(y, "pool")
    let head = builder.dense(builder.dropout(pooled, "drop", rate: 0.5), "hidden", 8, activation: .relu)
    return try builder.build(output: builder.dense(head, "probabilities", 4, activation: .softmax)).resolved()
  }

  private func names(_ layers: String..., weights: [String] = ["kernel", "bias"]) -> Set<WeightName> {
    Set(layers.flatMap { layer in weights.map { WeightName(layer, $0) } })
  }

  @Test func cutsBelowTheFirstLayerThatChanges() throws {
    let graph = try network()
    let head = try TrainingSplit(graph, trainable: names("probabilities"))
    #expect(head.boundary == ["pool"])
    #expect(head.active == ["drop", "hidden", "probabilities"])
    let insideTheBlock = try TrainingSplit(graph, trainable: names("a4"))
    #expect(insideTheBlock.boundary == ["stem", "a2"])
    let normalization = try TrainingSplit(graph, trainable: names("a4"), batchStatistics: ["a2"])
    #expect(normalization.boundary == ["stem", "a1"])
    let everything = try TrainingSplit(graph, trainable: allTrainable(graph))
    #expect(everything.boundary == ["input_layer"])
    #expect(everything.active.count == graph.entries.count - 1)
  }

  @Test(
    arguments: zip(
      [[], ["hiden/kernel"], ["hidden/kernle"], ["a2/moving_mean"]],
      ["no weight is trainable", "mean 'hidden'", "mean 'kernel'", "not changed by gradient descent"]))
  func refusesImpossibleSplits(trainable: [String], message: String) throws {
    let names = trainable.map { name in
      let parts = name.split(separator: "/").map(String.init)
      return WeightName(parts[0], parts[1])
    }
    let graph = try network()
    let error = #expect(throws: EngineError.self) { try TrainingSplit(graph, trainable: Set(names)) }
    #expect(error?.description.contains(message) == true)
  }

  @Test func refusesBatchStatisticsOfOtherLayers() throws {
    let graph = try network()
    let error = #expect(throws: EngineError.self) {
      try TrainingSplit(graph, trainable: names("hidden"), batchStatistics: ["hidden"])
    }
    #expect(error?.description.contains("is no BatchNormalization layer") == true)
  }

  @Test func engineAndTrainingGraphTogetherAreTheNetwork() throws {
    let graph = try network()
    let weights = TestWeights(graph, seed: 5)
    let split = try TrainingSplit(graph, trainable: names("a4"))
    let base = try Engine(graph, weights: weights, outputs: split.boundary)
    let training = try TrainingGraph(graph, split, weights: weights)
    #expect(training.outputActivation == .softmax)
    #expect(training.inputShapes == [.map(6, 6, 16), .map(6, 6, 16)])
    for count in [1, 3, 5, 3] {
      let pixels = pictures(graph.inputShape, count: count)
      let features = try base.run(pixels, count: count)
      let logits = try training.forward(features, count: count, mode: .inference)
      let reference = Reference(graph: graph, weights: weights)
      let size = pixels.count / count
      for picture in 0..<count {
        let outputs = reference.outputs(of: pixels[picture * size..<(picture + 1) * size])
        let exponentials = logits[picture * 4..<picture * 4 + 4].map { exponential(Double($0)) }
        let sum = exponentials.reduce(0, +)
        let found = exponentials.map { Float($0 / sum) }
        #expect(relativeError(found, outputs["probabilities"] ?? []) < 1e-5)
      }
    }
  }

  @Test func dropoutKeepsTheMeanAndFollowsItsSeed() throws {
    let builder = GraphBuilder("dropout")
    let dropped = builder.dropout(builder.input(.vector(4_000)), "drop", rate: 0.25)
    let dense = builder.dense(dropped, "dense", 1)
    let graph = try builder.build(output: dense).resolved()
    var weights = TestWeights(graph, seed: 1)
    weights.tensors["dense/kernel"] = Array(repeating: 1, count: 4_000)
    weights.tensors["dense/bias"] = [0]
    let split = try TrainingSplit(graph, trainable: names("dense"))
    let ones = [Float](repeating: 1, count: 8_000)
    func outputs(seed: UInt64, step: Int) throws -> [Float] {
      try TrainingGraph(graph, split, weights: weights, seed: seed)
        .forward([ones], count: 2, mode: .training(step: step))
    }
    let sums = try outputs(seed: 1, step: 0)
    for sum in sums {
      // Three standard deviations are 110.
      #expect(abs(sum - 4_000) < 110 && sum != 4_000)
    }
    #expect(sums[0] != sums[1])
    #expect(try outputs(seed: 1, step: 0) == sums)
    #expect(try outputs(seed: 2, step: 0) != sums)
    #expect(try outputs(seed: 1, step: 1) != sums)
    let inference = try TrainingGraph(graph, split, weights: weights).forward(
      [ones], count: 2, mode: .inference)
    #expect(inference == [4_000, 4_000])
  }

  /// Along shared axes all values are kept, and scaled alike, or none is: channels, rows, whole pictures.
  @Test(arguments: [[0, 1], [1, 2], [0, 1, 2]])
  func dropoutSharesItsNoise(along axes: [Int]) throws {
    let (count, size) = (40, 2 * 3 * 4)
    let builder = GraphBuilder("dropout")
    let dropped = builder.dropout(builder.input(.map(2, 3, 4)), "drop", rate: 0.5, sharedAxes: axes)
    let graph = try builder.build(output: builder.dense(builder.flatten(dropped, "flat"), "dense", size))
      .resolved()
    var weights = TestWeights(graph, seed: 1)
    weights.tensors["dense/kernel"] = (0..<size * size).map { $0 / size == $0 % size ? 1 : 0 }
    weights.tensors["dense/bias"] = Array(repeating: 0, count: size)
    let outputs = try TrainingGraph(
      graph, try TrainingSplit(graph, trainable: names("dense")), weights: weights
    )
    .forward([[Float](repeating: 1, count: count * size)], count: count, mode: .training(step: 0))
    var noise: [[Int]: Set<Float>] = [:]
    for (index, value) in outputs.enumerated() {
      let (row, column, channel) = (index % size / 12, index % 12 / 4, index % 4)
      let place = [index / size] + [row, column, channel].enumerated().map { axes.contains($0) ? 0 : $1 }
      noise[place, default: []].insert(value)
    }
    #expect(noise.values.allSatisfy { $0 == [0] || $0 == [2] })
    let kept = noise.values.count { $0 == [2] }
    #expect(kept > noise.count / 4 && kept < noise.count * 3 / 4)
  }

  @Test func dropoutsGradientMeetsTheSameMask() throws {
    let builder = GraphBuilder("dropout")
    let first = builder.dense(builder.input(.vector(1)), "first", 64)
    let graph = try builder.build(
      output: builder.dense(builder.dropout(first, "drop", rate: 0.5), "second", 1)
    ).resolved()
    let weights = TestWeights(graph, seed: 1)
    let split = try TrainingSplit(graph, trainable: names("first", "second"))
    let training = try TrainingGraph(graph, split, weights: weights, seed: 9)
    _ = try training.forward([[1]], count: 1, mode: .training(step: 4))
    try training.backward([1])
    // Where the mask is zero, so is the gradient of either layer's weight.
    let toFirst = try training.gradient(of: WeightName("first", "bias"))
    let ofSecond = try training.gradient(of: WeightName("second", "kernel"))
    #expect(toFirst.map { $0 == 0 } == ofSecond.map { $0 == 0 })
    #expect((10...54).contains(toFirst.filter { $0 == 0 }.count))
    for (found, weight) in zip(toFirst, weights.values("second", "kernel")) where found != 0 {
      #expect(abs(found - 2 * weight) < 1e-6)
    }
  }

  @Test func batchStatisticsMoveTheMovingOnes() throws {
    let builder = GraphBuilder("norm")
    let norm = builder.batchNormalization(builder.input(.vector(1)), "norm", momentum: 0.9)
    let graph = try builder.build(output: norm).resolved()
    var weights = TestWeights(graph, seed: 1)
    weights.tensors["norm/moving_mean"] = [10]
    weights.tensors["norm/moving_variance"] = [2]
    let split = try TrainingSplit(graph, trainable: allTrainable(graph), batchStatistics: ["norm"])
    let training = try TrainingGraph(graph, split, weights: weights)
    _ = try training.forward([[1, 3]], count: 2, mode: .training(step: 0))
    #expect(try training.values(of: WeightName("norm", "moving_mean")) == [0.9 * 10 + 0.1 * 2])
    let variance = try training.values(of: WeightName("norm", "moving_variance"))
    // The variance of the batch is biased: 1, not 2.
    #expect(abs(variance[0] - (0.9 * 2 + 0.1 * 1)) < 1e-6)
    _ = try training.forward([[1, 3]], count: 2, mode: .inference)
    #expect(try training.values(of: WeightName("norm", "moving_mean")) == [0.9 * 10 + 0.1 * 2])
  }

  @Test func weightsThatChangeAreSeenByTheNextPass() throws {
    let graph = try network()
    let weights = TestWeights(graph, seed: 5)
    let split = try TrainingSplit(graph, trainable: names("a4", "hidden"))
    let training = try TrainingGraph(graph, split, weights: weights)
    let inputs = training.inputShapes.map { pictures($0, count: 2) }
    let before = try training.forward(inputs, count: 2, mode: .inference)
    _ = try training.forward(inputs, count: 2, mode: .training(step: 0))
    try training.backward(Array(repeating: 1, count: 8))
    training.update { _, values, gradient in
      for index in values.indices { values[index] -= 0.1 * gradient[index] }
    }
    let after = try training.forward(inputs, count: 2, mode: .inference)
    #expect(before != after)
    for name in training.weightNames {
      try training.setValues(weights.values(name.layer, name.weight), of: name)
    }
    #expect(try training.forward(inputs, count: 2, mode: .inference) == before)
  }

  @Test func refusesWhatDoesNotFit() throws {
    let graph = try network()
    let weights = TestWeights(graph, seed: 5)
    let split = try TrainingSplit(graph, trainable: names("hidden"))
    let training = try TrainingGraph(graph, split, weights: weights)
    #expect(throws: EngineError.self) { try training.backward([0, 0, 0, 0]) }
    #expect(throws: EngineError.self) { try training.forward([], count: 1, mode: .inference) }
    #expect(throws: EngineError.self) { try training.forward([[1]], count: 1, mode: .inference) }
    #expect(throws: EngineError.self) { try training.forward([[]], count: 0, mode: .inference) }
    #expect(throws: EngineError.self) { try training.setValues([1], of: WeightName("hidden", "bias")) }
    #expect(throws: EngineError.self) { try training.gradient(of: WeightName("probabilities", "bias")) }
    _ = try training.forward([pictures(.vector(16), count: 1)], count: 1, mode: .training(step: 0))
    #expect(throws: EngineError.self) { try training.backward([1]) }
    var incomplete = weights
    incomplete.tensors["hidden/bias"] = nil
    #expect(throws: EngineError.self) { try TrainingGraph(graph, split, weights: incomplete) }
  }
}
