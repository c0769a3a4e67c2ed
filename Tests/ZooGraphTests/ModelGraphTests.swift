import Testing

@testable import ZooGraph

/// A small network with a squeeze-and-excite block, a residual and a head.
private func smallGraph() throws -> ModelGraph {
  let g = GraphBuilder("small")
  var x = g.input(.map(8, 8, 3))
  x = g.conv2D(x, "conv", 4, kernel: 3, strides: 2, padding: .same, useBias: false)
  x = g.batchNormalization(x, "bn")
  let squeezed = g.globalAveragePooling2D(x, "squeeze", keepdims: true)
  let gate = g.conv2D(squeezed, "gate", 4, kernel: 1, activation: .sigmoid)
  let excited = g.multiply("excite", x, gate)
  x = g.add("add", x, excited)
  x = g.globalAveragePooling2D(x, "pool")
  return try g.build(output: g.dense(x, "predictions", 5, activation: .softmax))
}

@Suite struct ModelGraphTests {
  @Test func shapesWeightsAndFeatureMap() throws {
    let graph = try smallGraph().resolved()
    #expect(graph.inputShape == .map(8, 8, 3))
    #expect(graph.outputShape == .vector(5))
    #expect(try graph.entry(named: "conv").shape == .map(4, 4, 4))
    #expect(try graph.entry(named: "conv").weights == [.kernel([3, 3, 3, 4])])
    #expect(graph.parameterCount == 108 + 16 + 20 + 25)
    #expect(graph.featureMap.node.name == "add", "the squeeze is not the pooling of the feature map")
  }

  @Test func cuttingKeepsOnlyWhatLeadsThere() throws {
    let cut = try smallGraph().cut(at: "bn")
    #expect(cut.nodes.map(\.name) == ["input_layer", "conv", "bn"])
    #expect(try cut.resolved().outputShape == .map(4, 4, 4))
  }

  @Test func unknownLayerSuggestsTheNearest() throws {
    #expect(throws: GraphError("unknown layer 'prediction'; did you mean 'predictions'?")) {
      try smallGraph().cut(at: "prediction")
    }
  }

  /// Keras sorts by distance to the output first: the short branch comes late although it was written first.
  @Test func kerasOrderIsByDepthThenTraversal() throws {
    let g = GraphBuilder("branches")
    let x = g.input(.map(4, 4, 2))
    let short = g.conv2D(x, "short", 2, kernel: 1)
    let long = g.conv2D(g.conv2D(x, "long_1", 2, kernel: 1), "long_2", 2, kernel: 1)
    let graph = try g.build(output: g.add("sum", short, long)).resolved()
    #expect(
      graph.kerasOrder.map { graph.entries[$0].node.name }
        == ["input_layer", "long_1", "short", "long_2", "sum"])
  }

  @Test func aThousandLayersDeepIsFine() throws {
    let g = GraphBuilder("deep")
    var x = g.input(.vector(4))
    for index in 0..<20_000 { x = g.activation(x, "a\(index)", .relu) }
    #expect(try g.build(output: x).resolved().kerasOrder.count == 20_001)
  }

  @Test func builderKeepsTheFirstMistake() {
    let g = GraphBuilder("wrong")
    let x = g.input(.map(4, 4, 3))
    let y = g.conv2D(x, "tooLarge", 8, kernel: 7)
    #expect(
      throws: GraphError(node: "tooLarge", "the window of 7 pixels does not fit into an input of 4")
    ) {
      try g.build(output: g.dense(y, "later", 2))
    }
  }

  static let broken: [(String, @Sendable (inout ModelGraph) -> Void)] = [
    ("the name is used twice", { $0.nodes[2].name = "conv" }),
    ("out of order", { $0.nodes.swapAt(1, 2) }),
    ("unknown input 'con'; did you mean 'conv'", { $0.nodes[2].inputs = ["con"] }),
    ("is not a layer of the graph", { $0.output = "nothing" }),
    ("does not lead to the output", { $0.output = "pool" }),
    ("has no input layer", { $0.nodes = [] }),
    ("is a second input layer", { $0.nodes[1] = Node("two", $0.nodes[0].layer, inputs: []) }),
    ("a layer's name must have", { $0.nodes[1].name = "" }),
    ("takes one input, found 2", { $0.nodes[2].inputs += ["conv"] }),
  ]

  @Test(arguments: broken.indices) func brokenGraphsAreRefused(_ index: Int) throws {
    let (reason, damage) = Self.broken[index]
    var graph = try smallGraph()
    damage(&graph)
    #expect {
      try graph.resolved()
    } throws: { "\($0)".contains(reason) }
  }

  @Test(arguments: [
    Layer(Conv2D(filters: .max, kernelSize: Size2D(3))),
    Layer(Conv2D(filters: 4, kernelSize: Size2D(.max))),
    Layer(Conv2D(filters: 4, kernelSize: Size2D(3), strides: Size2D(0))),
    Layer(Conv2D(filters: 4, kernelSize: Size2D(3), dilationRate: Size2D(-1))),
    Layer(Conv2D(filters: 4, kernelSize: Size2D(3), groups: 2)),
    Layer(DepthwiseConv2D(kernelSize: Size2D(1), depthMultiplier: .max)),
    Layer(ZeroPadding2D(padding: Margins(.max))),
    Layer(MaxPooling2D(poolSize: Size2D(9))),
    Layer(Reshape(targetShape: Shape([.max, .max]))),
    Layer(Dropout(rate: .nan)), Layer(Rescaling(scale: .infinity)),
    Layer(BatchNormalization(epsilon: 0)), Layer(Dense(units: 0)), Layer(BatchNormalization(axis: 3)),
    Layer(Conv2DTranspose(filters: 2, kernelSize: Size2D(3), outputPadding: Size2D(1))),
    Layer(LayerNormalization(axis: [1, 0])), Layer(GroupNormalization(groups: 2)),
    Layer(Cropping2D(cropping: Margins(4))),
    Layer(Permute(axes: [0, 0, 1])), Layer(RepeatVector(n: 0)), Layer(Concatenate(axis: 4)),
    Layer(Softmax(axis: [])),
    Layer(Slice(parts: [Slice.Part(start: 0, count: 9)])), Layer(Reduce(.sum, axes: [3])),
    Layer(Resizing(height: 0, width: 1)), Layer(UpSampling2D(size: Size2D(0))), Layer(Dot(axes: [0])),
    Layer(MultiHeadAttention(numHeads: 1, keyDim: 1)), Layer(Constant(shape: .vector(2), values: [1])),
    Layer(Activation(.glu)), Layer(Activation(.elu(alpha: .nan))), Layer(Normalization(mean: [1])),
    Layer(TimeDistributed(MaxPooling2D(poolSize: Size2D(2)))), Layer(Embedding(inputDim: 0, outputDim: 1)),
  ])
  func absurdParametersAreRefused(_ layer: Layer) {
    let nodes = [
      Node("in", Layer(InputLayer(shape: .map(8, 8, 3))), inputs: []), Node("x", layer, inputs: ["in"]),
    ]
    #expect(throws: GraphError.self) { try ModelGraph(name: "g", nodes: nodes, output: "x").resolved() }
  }
}
