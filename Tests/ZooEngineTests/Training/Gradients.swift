import Testing
import ZooEngine
import ZooGraph
import ZooSystem

/// Builds a graph, trains it for one step, and checks the gradient of each weight against central differences of
/// the oracle's results in double precision.
///
/// The input goes through a 1×1 convolution or a dense layer first, whose gradients show whether `body` passes
/// its own on, trained and frozen.
func expectGradients(
  input: Shape = .map(7, 6, 5), channels: Int? = nil, batch: Int = 2, batchStatistics: Set<String> = [],
  range: ClosedRange<Float> = -1...1, tolerance: Double = 2e-5, location: SourceLocation = #_sourceLocation,
  _ body: (GraphBuilder, GraphBuilder.Tap) -> GraphBuilder.Tap
) throws {
  let builder = GraphBuilder("test")
  let picture = builder.input(input)
  let before =
    input.rank == 3
    ? builder.conv2D(picture, "before", channels ?? input.channels, kernel: 1)
    : builder.dense(picture, "before", channels ?? input.channels)
  let graph = try builder.build(output: body(builder, before)).resolved()
  let all = allTrainable(graph)
  for trainable in [all, all.filter { $0.layer == "before" }] {
    try GradientCheck(
      graph, trainable: trainable, batch: batch, batchStatistics: batchStatistics, range: range
    ).expect(tolerance: tolerance, location: location)
  }
}

struct GradientCheck {
  let graph: ResolvedGraph
  let batch: Int
  let batchStatistics: Set<String>
  let training: TrainingGraph
  let inputs: [Float]
  /// The loss is the sum of the outputs times these.
  let outputWeights: [Float]
  let reference: Reference

  init(
    _ graph: ResolvedGraph, trainable: Set<WeightName>? = nil, batch: Int, batchStatistics: Set<String> = [],
    range: ClosedRange<Float> = -1...1
  ) throws {
    self.graph = graph
    self.batch = batch
    self.batchStatistics = batchStatistics
    let weights = TestWeights(graph, seed: 3)
    let split = try TrainingSplit(
      graph, trainable: trainable ?? allTrainable(graph), batchStatistics: batchStatistics)
    training = try TrainingGraph(graph, split, weights: weights)
    inputs = pictures(graph.inputShape, count: batch, in: range)
    outputWeights = pictures(graph.outputShape, count: batch, seed: 11)
    var reference = Reference(graph: graph, weights: weights)
    reference.batchStatistics = batchStatistics
    self.reference = reference
  }

  func expect(tolerance: Double, location: SourceLocation = #_sourceLocation) throws {
    let output = try training.forward([inputs], count: batch, mode: .training(step: 0))
    let expected = outputs(of: reference).flatMap { $0 }
    let error = relativeError(output, expected)
    #expect(error <= tolerance, "forward: relative error \(error)", sourceLocation: location)
    try training.backward(outputWeights)
    var checks: [(weight: WeightName, found: [Float], expected: [Double])] = []
    for weight in training.trainable {
      let (found, expected) = derivatives(of: weight, try training.gradient(of: weight))
      checks.append((weight, found, expected))
    }
    // Some gradients are zero but for rounding, as that of a bias before a normalization.
    let largest = checks.map { length($0.expected) }.max() ?? 0
    for check in checks {
      let difference = zip(check.found, check.expected).map { Double($0) - $1 }
      let error = length(difference) / max(length(check.expected), largest / 50)
      #expect(error <= tolerance, "\(check.weight): relative error \(error)", sourceLocation: location)
    }
  }

  /// The derivatives of the loss in a few directions: by the gradient found, and by central differences.
  private func derivatives(of weight: WeightName, _ gradient: [Float]) -> ([Float], [Double]) {
    var random = SplitMix64(seed: 17)
    var directions = (0..<2).map { _ in gradient.map { _ in Bool.random(using: &random) ? 1.0 : -1.0 } }
    for _ in 0..<min(2, gradient.count) {
      let index = Int.random(in: gradient.indices, using: &random)
      directions.append(gradient.indices.map { $0 == index ? 1 : 0 })
    }
    let found = directions.map { direction in
      Float(zip(direction, gradient).reduce(0) { $0 + $1.0 * Double($1.1) })
    }
    let expected = directions.map { direction in
      let step = 1e-8
      return (loss(weight, moved: direction, by: step) - loss(weight, moved: direction, by: -step))
        / (2 * step)
    }
    return (found, expected)
  }

  private func loss(_ weight: WeightName, moved direction: [Double], by step: Double) -> Double {
    var reference = reference
    let key = weight.description
    reference.weights[key] = zip(reference.weights[key] ?? [], direction).map { $0 + step * $1 }
    return zip(outputs(of: reference).flatMap { $0 }, outputWeights).reduce(0) { $0 + $1.0 * Double($1.1) }
  }

  func outputs(of reference: Reference) -> [[Double]] {
    let size = inputs.count / batch
    let pictures = (0..<batch).map { inputs[$0 * size..<($0 + 1) * size].map(Double.init) }
    return reference.outputs(of: pictures)[graph.graph.output] ?? []
  }
}

private func length(_ values: [Double]) -> Double {
  values.reduce(0) { $0 + $1 * $1 }.squareRoot()
}

/// All weights that gradient descent may change.
func allTrainable(_ graph: ResolvedGraph) -> Set<WeightName> {
  Set(
    graph.entries.flatMap { entry in
      entry.weights.filter(\.trainable).map { WeightName(entry.node.name, $0.name) }
    })
}
