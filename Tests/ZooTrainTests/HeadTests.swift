import Testing
import ZooEngine
import ZooGraph
import ZooSystem
import ZooTrain

/// Heads, what they are initialised with, and what is frozen below them.
@Suite struct HeadTests {
  @Test func readsPartsAndNamesThemAsKeras() throws {
    let base = try smallBase()
    let head = try Head("dense:16:relu, dropout:0.3, dense:8, dense", pooling: .maximum)
    let model = try head.appended(to: base, classes: 5, output: .softmax)
    #expect(model.headLayers == ["global_max_pooling2d", "dense", "dropout", "dense_1", "dense_2"])
    #expect(model.graph.output == "dense_2")
    let graph = try model.graph.resolved()
    #expect(try graph.entry(named: "dense").node.layer == Layer(Dense(units: 16, activation: .relu)))
    #expect(try graph.entry(named: "dropout").node.layer == Layer(Dropout(rate: 0.3)))
    #expect(try graph.entry(named: "dense_1").node.layer == Layer(Dense(units: 8)))
    #expect(try graph.entry(named: "dense_2").node.layer == Layer(Dense(units: 5, activation: .softmax)))
    #expect(model.graph.nodes.dropLast(5) == base.graph.nodes[...])
  }

  @Test(
    arguments: zip(Head.Pooling.allCases, ["global_average_pooling2d", "global_max_pooling2d", "flatten"]))
  func pools(_ pooling: Head.Pooling, name: String) throws {
    let model = try Head("linear", pooling: pooling).appended(to: smallBase(), classes: 2, output: .sigmoid)
    #expect(model.headLayers == [name, "dense"])
    #expect(try model.graph.resolved().outputShape == .vector(2))
  }

  @Test func replacesAnOldTopAndAvoidsItsNames() throws {
    let builder = GraphBuilder("with top")
    var x = builder.conv2D(builder.input(.map(6, 6, 3)), "dense", 4, kernel: 3)
    x = builder.dense(builder.globalAveragePooling2D(x, "avg_pool"), "predictions", 1_000)
    let base = try builder.build(output: x).resolved()
    let model = try Head.linear.appended(to: base, classes: 2, output: .softmax)
    #expect(model.graph.nodes.map(\.name) == ["input_layer", "dense", "global_average_pooling2d", "dense_1"])
  }

  @Test func needsNoPoolingOnAVector() throws {
    #expect(try clusterHead("linear").headLayers == ["dense"])
  }

  @Test(
    arguments: zip(
      [
        "", "dense:0", "dense:x", "dense:3:rulu", "dropout:1", "dropout", "conv", "dense,", "dropout:0.5",
        "dense:1:relu:2",
      ],
      [
        "no part", "units", "units", "did you mean 'relu'", "rate", "no part", "no part", "no part",
        "does not end in a dense", "no part",
      ]))
  func refusesOtherTexts(_ text: String, message: String) {
    let error = #expect(throws: TrainError.self) { try Head(text) }
    #expect(error?.description.contains(message) == true)
  }

  @Test func lastWidthMustBeTheClasses() throws {
    let base = try smallBase()
    let error = #expect(throws: TrainError.self) {
      try Head("dense:4").appended(to: base, classes: 5, output: .softmax)
    }
    #expect(error?.description.contains("4 units, but there are 5 classes") == true)
    #expect(throws: Never.self) { try Head("dense:5").appended(to: base, classes: 5, output: .softmax) }
  }

  // MARK: Initial weights

  @Test func startsAsKerasDoes() throws {
    let model = try Head("dense:100:relu,dense").appended(to: smallBase(), classes: 5, output: .softmax)
    let graph = try model.graph.resolved()
    let weights = InitialWeights(graph, layers: model.headLayers, seed: 1)
    let kernel = try weights.values(of: WeightName("dense", "kernel"))
    #expect(kernel.count == 12 * 100)
    let limit = (6.0 / 112).squareRoot()
    #expect(kernel.allSatisfy { abs(Double($0)) <= limit })
    // Uniform: mean 0 and variance limit² / 3, within five standard deviations.
    let mean = kernel.reduce(0) { $0 + Double($1) } / 1_200
    let variance = kernel.reduce(0) { $0 + Double($1) * Double($1) } / 1_200
    #expect(abs(mean) < 5 * limit / (3.0 * 1_200).squareRoot())
    #expect(abs(variance / (limit * limit / 3) - 1) < 0.13)
    #expect(try weights.values(of: WeightName("dense", "bias")) == Array(repeating: 0, count: 100))
    #expect(throws: TrainError.self) { try weights.values(of: WeightName("block1_conv", "kernel")) }
  }

  @Test func seedsAndNamesDecideTheNumbers() throws {
    let model = try Head("dense:12,dense:12,dense").appended(to: smallBase(), classes: 5, output: .softmax)
    let graph = try model.graph.resolved()
    func kernel(_ layer: String, seed: UInt64) throws -> [Float] {
      try InitialWeights(graph, layers: model.headLayers, seed: seed).values(of: WeightName(layer, "kernel"))
    }
    #expect(try kernel("dense", seed: 1) == kernel("dense", seed: 1))
    #expect(try kernel("dense", seed: 1) != kernel("dense", seed: 2))
    #expect(try kernel("dense", seed: 1) != kernel("dense_1", seed: 1))
  }

  @Test func convolutionsCountTheirWindow() {
    let values = glorotUniform([3, 3, 4, 8], generator: SplitMix64(seed: 1))
    let limit = (6.0 / Float(9 * 4 + 9 * 8)).squareRoot()
    #expect(values.count == 288)
    #expect(values.allSatisfy { abs($0) <= limit })
    #expect(values.contains { abs($0) > 0.9 * limit })
  }
}
