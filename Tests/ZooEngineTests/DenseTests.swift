import Testing
import ZooEngine
import ZooGraph

/// Dense layers, whose kernels our own code multiplies a few vectors with.
@Suite struct DenseTests {
  private func network(inputs: Int, units: Int, useBias: Bool = true) throws -> ResolvedGraph {
    let g = GraphBuilder("test")
    let x = g.flatten(g.input(.map(1, 1, inputs)), "flatten")
    let y = g.add(Dense(units: units, useBias: useBias), "dense", to: [x])
    return try g.build(output: g.activation(y, "activation", .gelu(approximate: false))).resolved()
  }

  /// Blocks of 64 results and of 16 inputs, full and not.
  @Test(arguments: [1, 15, 16, 300], [5, 64, 65, 200])
  func sizes(inputs: Int, units: Int) throws {
    for batch in 1...6 {
      try expectEqualToReference(try network(inputs: inputs, units: units), batch: batch)
    }
    try expectEqualToReference(try network(inputs: inputs, units: units, useBias: false))
  }

  /// Pictures are run one by one, in twos, or in fours: whichever way, to the last bit, where our own code runs.
  @Test(arguments: [1, 2])
  func resultsDoNotDependOnTheOthersInTheBatch(threads: Int) throws {
    let graph = try network(inputs: 3_000, units: 130)
    let weights = TestWeights(graph, seed: 2)
    let pixels = pictures(graph.inputShape, count: 9)
    let engines = try [1, 2, 4, 16].map { maximumBatch in
      try Engine(
        graph, weights: weights, maximumBatch: maximumBatch, options: EngineOptions(threads: threads))
    }
    let profile = try engines[0].profile(pictures(graph.inputShape, count: 1), repetitions: 1)
    let isOwn = profile.contains { $0.algorithm == "c:dense" }
    let results = try engines.map { try $0.run(pixels, count: 9)[0] }
    #expect(
      results.allSatisfy { isOwn ? $0 == results[0] : relativeError($0, results[0].map(Double.init)) < 1e-6 })
  }

  @Test func profilesTellWhatIsRead() throws {
    let graph = try network(inputs: 64, units: 64)
    let engine = try Engine(graph, weights: TestWeights(graph, seed: 2), options: EngineOptions(threads: 1))
    let profile = try engine.profile(pictures(graph.inputShape, count: 1), repetitions: 1)
    #expect(profile.contains { $0.layers.contains("dense") && $0.floatingPointOperations == 2 * 64 * 64 })
  }
}
