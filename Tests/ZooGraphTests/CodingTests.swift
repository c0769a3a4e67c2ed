import FoundationEssentials
import Testing
import ZooGraph

@Suite struct CodingTests {
  static let layers: [Layer] = [
    Layer(InputLayer(shape: .map(8, 9, 3))),
    Layer(Conv2D(filters: 4, kernelSize: Size2D(3, 5), padding: .same, groups: 2, activation: .relu6)),
    Layer(DepthwiseConv2D(kernelSize: Size2D(3), strides: Size2D(2), useBias: false)),
    Layer(SeparableConv2D(filters: 4, kernelSize: Size2D(3, 1), depthMultiplier: 2)),
    Layer(Dense(units: 3)), Layer(BatchNormalization(epsilon: 1.001e-5)),
    Layer(Activation(.hardSilu)),
    Layer(ZeroPadding2D(padding: Margins(top: 0, bottom: 1, left: 2, right: 3))),
    Layer(MaxPooling2D(poolSize: Size2D(2))),
    Layer(AveragePooling2D(poolSize: Size2D(2), strides: Size2D(1))),
    Layer(GlobalAveragePooling2D(keepdims: true)),
    Layer(GlobalMaxPooling2D()), Layer(Flatten()),
    Layer(Reshape(targetShape: .vector(4))), Layer(Dropout(rate: 0.5)), Layer(Add()),
    Layer(Multiply()), Layer(Concatenate()), Layer(Rescaling(scale: 2, offset: -1)),
    Layer(Rescaling(scale: [1, 2, 3], offset: [0, 0, 1])), Layer(Activation(.leakyReLU(negativeSlope: 0.3))),
    Layer(Activation(.rectifier(maximum: nil, negativeSlope: 0.1, threshold: 1))),
    Layer(Activation(.rectifier(maximum: 2, negativeSlope: 0.1, threshold: 1))),
    Layer(
      Conv2DTranspose(filters: 2, kernelSize: Size2D(3), outputPadding: Size2D(1), activation: .elu(alpha: 2))
    ),
    Layer(Embedding(inputDim: 3, outputDim: 2)), Layer(LayerNormalization(axis: [0, 1], rmsScaling: true)),
    Layer(GroupNormalization(groups: 2, axis: 1)), Layer(UnitNormalization(axis: [1])), Layer(LayerScale()),
    Layer(Filled(1)),
    Layer(RMSNormalization(axis: [0])),
    Layer(Normalization(mean: [1], variance: [2])), Layer(PReLU(sharedAxes: [0])),
    Layer(Softmax(axis: [1], function: .sparsemax)), Layer(Elementwise(.clip(-1, 1))),
    Layer(Elementwise(.floor)),
    Layer(Cropping2D(cropping: Margins(1))), Layer(UpSampling2D(interpolation: .bilinear)),
    Layer(Resizing(height: 3, width: 4, interpolation: .bicubic)), Layer(Permute(axes: [1, 0])),
    Layer(RepeatVector(n: 2)), Layer(Tile(axis: 0, count: 2)), Layer(Stack(axis: 1)),
    Layer(CumulativeSum(axis: 0)),
    Layer(
      Slice(parts: [
        Slice.Part(start: 1, count: 2, step: -1), Slice.Part(start: 0, count: 1, isDropped: true),
      ])),
    Layer(Reduce(.mean, axes: [0, 1], keepdims: true)), Layer(Subtract()), Layer(Average()), Layer(Maximum()),
    Layer(Minimum()), Layer(Dot(axes: [0, 1], normalize: true)), Layer(Concatenate(axis: 1)),
    Layer(Arithmetic(.power)), Layer(MatMul()),
    Layer(MultiHeadAttention(numHeads: 2, keyDim: 3, outputDim: 4)),
    Layer(Constant(shape: Shape([1, 2]), values: [0.1, -3])),
    Layer(TimeDistributed(Conv2D(filters: 2, kernelSize: Size2D(1)))),
  ]

  @Test(arguments: layers) func everyKindSurvivesJSON(_ layer: Layer) throws {
    let data = try JSONEncoder().encode(layer)
    #expect(try JSONDecoder().decode(Layer.self, from: data) == layer)
  }

  @Test func everyKindIsTested() {
    #expect(Set(Self.layers.map(\.className)) == Set(Layer.classNames))
  }

  @Test func jsonReadsLikeKeras() throws {
    let json = """
      {"class_name": "ZeroPadding2D", "config": {"padding": [[0, 1], [2, 3]]}}
      """
    let layer = try JSONDecoder().decode(Layer.self, from: Data(json.utf8))
    #expect(layer == Layer(ZeroPadding2D(padding: Margins(top: 0, bottom: 1, left: 2, right: 3))))
  }

  @Test(arguments: ActivationFunction.standard) func aStandardActivationIsItsName(
    _ function: ActivationFunction
  ) throws {
    #expect(
      String(decoding: try JSONEncoder().encode([function]), as: UTF8.self) == #"["\#(function.name)"]"#)
    #expect(ActivationFunction(named: function.name) == function)
  }

  @Test(arguments: [
    #""swoosh""#, #"{"name": "elu", "parameters": []}"#, #"{"name": "relu", "parameters": [1]}"#,
    #"{"name": "rectifier", "parameters": [1]}"#, #"{"name": "nothing", "parameters": []}"#, "7",
  ]) func nonsenseIsNoActivation(_ json: String) {
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(ActivationFunction.self, from: Data(json.utf8))
    }
  }

  /// One output is written as it always was; several as a list.
  @Test func outputsSurviveJSON() throws {
    let nodes = [
      Node("in", InputLayer(shape: .vector(2)), inputs: []), Node("a", Dense(units: 1), inputs: ["in"]),
      Node("b", Dense(units: 1), inputs: ["in"], sharing: "a"),
    ]
    for outputs in [["b"], ["b", "a"]] {
      let graph = ModelGraph(name: "g", nodes: nodes, outputs: outputs)
      let data = try JSONEncoder().encode(graph)
      #expect(String(decoding: data, as: UTF8.self).contains(#""outputs""#) == (outputs.count > 1))
      #expect(try JSONDecoder().decode(ModelGraph.self, from: data) == graph)
    }
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(
        ModelGraph.self, from: Data(#"{"name": "g", "nodes": [], "outputs": []}"#.utf8))
    }
  }

  @Test func unknownKindFailsByName() {
    #expect {
      try JSONDecoder().decode(Layer.self, from: Data(#"{"class_name": "LSTM", "config": {}}"#.utf8))
    } throws: { "\($0)".contains("unknown layer kind 'LSTM'") }
  }
}
