import Testing
import ZooEngine
import ZooGraph

@Suite struct EngineTests {
  /// A small network with a shortcut, squeeze-and-excite and a classifier.
  private func smallNetwork() throws -> ResolvedGraph {
    let g = GraphBuilder("small")
    var x = g.input(.map(16, 16, 3))
    x = g.conv2D(x, "stem", 16, kernel: 3, strides: 2, padding: .same, activation: .relu6)
    let shortcut = x
    x = g.depthwiseConv2D(x, "depthwise", kernel: 3, padding: .same)
    x = g.activation(g.batchNormalization(x, "bn"), "relu", .relu)
    let gate = g.conv2D(
      g.globalAveragePooling2D(x, "squeeze", keepdims: true), "gate", 16, kernel: 1, activation: .hardSigmoid)
    x = g.conv2D(g.multiply("scale", x, gate), "project", 16, kernel: 1)
    x = g.globalAveragePooling2D(g.add("add", shortcut, x), "pool")
    return try g.build(output: g.dense(x, "predictions", 10, activation: .softmax)).resolved()
  }

  @Test(arguments: [1, 2, 3, 16, 17], [1, 4, 16])
  func batches(count: Int, maximumBatch: Int) throws {
    let graph = try smallNetwork()
    let weights = TestWeights(graph, seed: 5)
    let pixels = pictures(graph.inputShape, count: count, in: 0...255)
    let size = pixels.count / count
    let engine = try Engine(
      graph, weights: weights, outputs: ["predictions", "add"], maximumBatch: maximumBatch, preprocessing: .tf
    )
    let results = try engine.run(pixels, count: count)
    let reference = Reference(graph: graph, weights: weights, preprocessing: .tf)
    for picture in 0..<count {
      let expected = reference.outputs(of: pixels[picture * size..<(picture + 1) * size])
      #expect(
        relativeError(Array(results[0][picture * 10..<picture * 10 + 10]), expected["predictions"] ?? [])
          < 2e-6)
      #expect(
        relativeError(Array(results[1][picture * 1_024..<(picture + 1) * 1_024]), expected["add"] ?? [])
          < 2e-6)
    }
  }

  @Test(arguments: [1, 2])
  func concurrentRunsDoNotMeet(threads: Int) async throws {
    let graph = try smallNetwork()
    let engine = try Engine(
      graph, weights: TestWeights(graph, seed: 5), options: EngineOptions(threads: threads))
    let batches = (0..<6).map { pictures(graph.inputShape, count: 3, seed: $0) }
    let alone = try batches.map { try engine.run($0, count: 3)[0] }
    try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
      for round in 0..<24 {
        group.addTask { (round % 6, try engine.run(batches[round % 6], count: 3)[0]) }
      }
      for try await (index, result) in group { #expect(result == alone[index]) }
    }
  }

  @Test func enginesDoNotMeet() async throws {
    let graph = try smallNetwork()
    let engines = try (0..<3).map { seed in
      try Engine(
        graph, weights: TestWeights(graph, seed: seed), maximumBatch: 1, options: EngineOptions(threads: 2))
    }
    let picture = pictures(graph.inputShape, count: 5)
    let alone = try engines.map { try $0.run(picture, count: 5)[0] }
    try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
      for round in 0..<60 {
        group.addTask { (round % 3, try engines[round % 3].run(picture, count: 5)[0]) }
      }
      for try await (index, result) in group { #expect(result == alone[index]) }
    }
  }

  @Test func resultsDoNotDependOnEarlierRuns() throws {
    let graph = try smallNetwork()
    let engine = try Engine(graph, weights: TestWeights(graph, seed: 5), maximumBatch: 4)
    let first = pictures(graph.inputShape, count: 5, seed: 1)
    let before = try engine.run(first, count: 5)
    _ = try engine.run(pictures(graph.inputShape, count: 2, seed: 2, in: -1_000...1_000), count: 2)
    #expect(try engine.run(first, count: 5) == before)
  }

  @Test func describesItsOutputs() throws {
    let graph = try smallNetwork()
    let engine = try Engine(graph, weights: TestWeights(graph, seed: 5), outputs: ["add", "pool"])
    #expect(engine.outputs == ["add", "pool"])
    #expect(engine.outputShapes == [.map(8, 8, 16), .vector(16)])
    #expect(engine.inputShape == .map(16, 16, 3))
    #expect(try engine.run([], count: 0) == [[], []])
  }

  @Test func saysWhatIsWrong() throws {
    let graph = try smallNetwork()
    let weights = TestWeights(graph, seed: 5)
    func error(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    #expect(
      error { _ = try Engine(graph, weights: weights, outputs: ["prediction"]) }.contains("predictions"))
    #expect(error { _ = try Engine(graph, weights: weights, outputs: []) } == "no output was asked for")
    #expect(error { _ = try Engine(graph, weights: weights, maximumBatch: 0) }.contains("maximum batch"))
    let none = EngineOptions(threads: 0)
    #expect(error { _ = try Engine(graph, weights: weights, options: none) }.contains("number of threads"))

    var missing = weights
    missing.tensors["gate/kernel"] = nil
    #expect(
      error { _ = try Engine(graph, weights: missing) }
        == "layer 'gate': cannot read the weight 'kernel': no gate/kernel")
    var short = weights
    short.tensors["bn/gamma"] = [1, 2]
    #expect(
      error { _ = try Engine(graph, weights: short) }
        == "layer 'bn': the weight 'gamma' should have 16 values, found 2")

    let engine = try Engine(graph, weights: weights)
    #expect(
      error { _ = try engine.run([0, 0], count: 1) }
        == "1 pictures of 16×16×3 should have 768 values, found 2")
    #expect(error { _ = try engine.run([0, 0], count: .max) } != "")
    let pixels = pictures(graph.inputShape, count: 1)
    pixels.withUnsafeBufferPointer { pixels in
      #expect(error { try engine.run(pixels, count: 1, into: []) } == "there are 1 outputs, but places for 0")
      var place = [Float](repeating: 0, count: 9)
      place.withUnsafeMutableBufferPointer { place in
        #expect(
          error { try engine.run(pixels, count: 1, into: [place]) }
            == "layer 'predictions': 1 outputs of 10 need a place of 10 values, found 9")
      }
    }
  }

  @Test func refusesPreprocessingOfWhatIsNoPicture() throws {
    let g = GraphBuilder("vector")
    let graph = try g.build(output: g.dense(g.input(.vector(3)), "dense", 2)).resolved()
    #expect(throws: EngineError.self) {
      try Engine(graph, weights: TestWeights(graph, seed: 1), preprocessing: .caffe)
    }
  }

  /// Hundreds of maps of eight gigabytes that live at the same time.
  @Test func refusesWhatNoMachineCanHold() throws {
    let g = GraphBuilder("huge")
    let input = g.input(.map(1, 1, 2_000))
    let margins = Margins(top: 1_000, bottom: 0, left: 1_000, right: 0)
    let maps = (0..<400).map { g.zeroPadding2D(input, "pad\($0)", margins) }
    let graph = try g.build(output: g.add(Add(), "add", to: maps)).resolved()
    #expect(throws: EngineError.self) { try Engine(graph, weights: TestWeights(graph, seed: 1)) }
  }
}
