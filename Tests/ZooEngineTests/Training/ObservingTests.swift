import Testing
import ZooEngine
import ZooGraph
import ZooSystem

/// The gradient of what a layer gives, with nothing trained.
@Suite struct ObservingTests {
  private func network() throws -> ResolvedGraph {
    let builder = GraphBuilder("network")
    let input = builder.input(.map(8, 6, 3))
    let x = builder.conv2D(input, "stem", 8, kernel: 3, padding: .same, activation: .relu)
    var y = builder.batchNormalization(builder.conv2D(x, "a1", 8, kernel: 1), "a2")
    y = builder.dropout(builder.add("a3", y, x), "drop", rate: 0.5)
    y = builder.maxPooling2D(y, "pool", pool: 2, strides: 2)
    let pooled = builder.globalAveragePooling2D(y, "average")
    return try builder.build(output: builder.dense(pooled, "scores", 4)).resolved()
  }

  /// Against central differences of the oracle in double precision.
  @Test func theGradientIsThatOfTheOracle() throws {
    let graph = try network()
    let weights = TestWeights(graph, seed: 5)
    let split = try TrainingSplit(graph, observing: "input_layer")
    #expect(split.boundary == ["input_layer"] && split.trainable.isEmpty && split.active.count == 8)
    let training = try TrainingGraph(graph, split, weights: weights)
    let count = 2
    let pixels = pictures(graph.inputShape, count: count)
    let scores = try training.forward([pixels], count: count, mode: .observing)
    // Nothing is dropped.
    let inference = try training.forward([pixels], count: count, mode: .inference)
    #expect(relativeError(scores, inference.map(Double.init)) < 1e-6)
    _ = try training.forward([pixels], count: count, mode: .observing)
    let slopes = pictures(graph.outputShape, count: count, seed: 11)
    try training.backward(slopes)
    let gradient = try training.gradientOfObserved()
    let reference = Reference(graph: graph, weights: weights)
    let size = pixels.count / count
    func loss(_ pixels: [Double]) -> Double {
      let outputs = reference.outputs(of: (0..<count).map { Array(pixels[($0 * size)..<(($0 + 1) * size)]) })
      let scores: [Double] = (outputs["scores"] ?? []).flatMap { $0 }
      return zip(scores, slopes).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    var random = SplitMix64(seed: 17)
    let directions = (0..<4).map { _ in pixels.map { _ in Bool.random(using: &random) ? 1.0 : -1.0 } }
    let found = directions.map { Float(zip($0, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }) }
    let expected = directions.map { direction in
      let step = 1e-8
      let moved = [step, -step].map { step in loss(zip(pixels, direction).map { Double($0) + step * $1 }) }
      return (moved[0] - moved[1]) / (2 * step)
    }
    #expect(relativeError(found, expected) < 2e-5)
  }

  /// Behind the last map all is linear: the slope of a score is the weight of its channel over the pixels.
  @Test func aLayerWithinIsObserved() throws {
    let builder = GraphBuilder("network")
    let map = builder.conv2D(builder.input(.map(5, 4, 3)), "map", 6, kernel: 1, activation: .relu)
    let pooled = builder.globalAveragePooling2D(map, "average")
    let graph = try builder.build(output: builder.dense(pooled, "scores", 3, activation: .softmax)).resolved()
    let weights = TestWeights(graph, seed: 2)
    let training = try TrainingGraph(
      graph, try TrainingSplit(graph, observing: "map"), weights: weights)
    let values = pictures(.map(5, 4, 6), count: 1, in: 0...1)
    _ = try training.forward([values], count: 1, mode: .observing)
    try training.backward([0, 1, 0])
    let kernel = weights.values("scores", "kernel")
    let expected = (0..<20).flatMap { _ in (0..<6).map { Double(kernel[$0 * 3 + 1]) / 20 } }
    #expect(relativeError(try training.gradientOfObserved(), expected) < 1e-6)
  }

  @Test func whatCannotBeObservedIsRefused() throws {
    let graph = try network()
    #expect(throws: EngineError.self) { try TrainingSplit(graph, observing: "scores") }
    #expect {
      try TrainingSplit(graph, observing: "stm")
    } throws: { "\($0)".contains("did you mean 'stem'") }
    let split = try TrainingSplit(graph, observing: "stem")
    #expect(split.boundary == ["stem"])
    let training = try TrainingGraph(graph, split, weights: TestWeights(graph, seed: 5))
    #expect(throws: EngineError.self) { try training.gradientOfObserved() }
  }
}
