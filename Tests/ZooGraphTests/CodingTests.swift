import FoundationEssentials
import Testing
import ZooGraph

@Suite struct CodingTests {
  static let layers: [Layer] = [
    .input(InputLayer(shape: .map(8, 9, 3))),
    .conv2D(Conv2D(filters: 4, kernelSize: Size2D(3, 5), padding: .same, groups: 2, activation: .relu6)),
    .depthwiseConv2D(DepthwiseConv2D(kernelSize: Size2D(3), strides: Size2D(2), useBias: false)),
    .separableConv2D(SeparableConv2D(filters: 4, kernelSize: Size2D(3, 1), depthMultiplier: 2)),
    .dense(Dense(units: 3)), .batchNormalization(BatchNormalization(epsilon: 1.001e-5)),
    .activation(Activation(.hardSilu)),
    .zeroPadding2D(ZeroPadding2D(padding: Margins(top: 0, bottom: 1, left: 2, right: 3))),
    .maxPooling2D(MaxPooling2D(poolSize: Size2D(2))),
    .averagePooling2D(AveragePooling2D(poolSize: Size2D(2), strides: Size2D(1))),
    .globalAveragePooling2D(GlobalAveragePooling2D(keepdims: true)),
    .globalMaxPooling2D(GlobalMaxPooling2D()), .flatten(Flatten()),
    .reshape(Reshape(targetShape: .vector(4))), .dropout(Dropout(rate: 0.5)), .add(Add()),
    .multiply(Multiply()), .concatenate(Concatenate()), .rescaling(Rescaling(scale: 2, offset: -1)),
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
    #expect(layer == .zeroPadding2D(ZeroPadding2D(padding: Margins(top: 0, bottom: 1, left: 2, right: 3))))
  }

  @Test func unknownKindFailsByName() {
    #expect {
      try JSONDecoder().decode(Layer.self, from: Data(#"{"class_name": "LSTM", "config": {}}"#.utf8))
    } throws: { "\($0)".contains("unknown layer kind 'LSTM'") }
  }
}
