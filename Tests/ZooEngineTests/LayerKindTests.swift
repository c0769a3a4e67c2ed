import Testing
import ZooEngine
import ZooGraph

/// Every kind of layer in some parametrisations: the engine computes what the oracle does, for predicting and for training.
@Suite struct LayerKindTests {
  /// A layer on inputs that are made of a picture.
  struct Example: Sendable, CustomStringConvertible {
    var kind: any LayerKind
    /// The shapes of its inputs.
    var inputs: [Shape]
    /// Whether the inputs are above 0.
    var isPositive = false
    /// Whether results are smooth enough for differences to tell their slope.
    var isSmooth = true

    var description: String {
      "\(type(of: kind).className) \(kind) of \(inputs.map(\.description).joined(separator: ", "))"
    }

    init(_ kind: some LayerKind, _ inputs: [Int]..., isPositive: Bool = false, isSmooth: Bool = true) {
      self.kind = kind
      self.inputs = inputs.map { Shape($0) }
      self.isPositive = isPositive
      self.isSmooth = isSmooth
    }

    /// Each input is a part of one vector that a dense layer gives.
    func graph() throws -> ResolvedGraph {
      let g = GraphBuilder("test")
      let counts = inputs.map { $0.elementCount ?? 0 }
      let picture = g.input(.vector(6))
      let before = g.dense(
        picture, "before", counts.reduce(0, +), activation: isPositive ? .softplus : .linear)
      var start = 0
      let taps = zip(inputs, counts).enumerated().map { number, input in
        defer { start += input.1 }
        let part = Slice(parts: [Slice.Part(start: start, count: input.1)])
        return g.reshape(g.add(part, "part\(number)", to: [before]), "input\(number)", input.0)
      }
      return try g.build(output: g.add(kind, "layer", to: taps)).resolved()
    }
  }

  static let examples: [Example] = [
    Example(Conv2D(filters: 3, kernelSize: Size2D(3)), [5, 4, 2]),
    Example(DepthwiseConv2D(kernelSize: Size2D(3)), [5, 4, 2]),
    Example(SeparableConv2D(filters: 3, kernelSize: Size2D(3), padding: .same), [5, 4, 2]),
    Example(Dense(units: 4), [5]), Example(Dense(units: 4, activation: .tanh), [3, 5]),
    Example(Dense(units: 20, useBias: false), [2, 3, 17]), Example(Dense(units: 3), [2, 2, 3, 4]),
    Example(Dense(units: 6, activation: .glu), [3, 4]),
    Example(BatchNormalization(), [3, 4]), Example(BatchNormalization(axis: 0), [3, 4, 2]),
    Example(BatchNormalization(scale: false, axis: 1), [3, 4, 2]),
    Example(LayerNormalization(), [4, 7]), Example(LayerNormalization(axis: [0, 1, 2]), [3, 4, 2]),
    Example(LayerNormalization(axis: [1, 2], center: false), [3, 4, 2]),
    Example(LayerNormalization(axis: [1], scale: false), [3, 4, 2]),
    Example(LayerNormalization(rmsScaling: true), [3, 17]),
    Example(RMSNormalization(), [3, 17]), Example(RMSNormalization(axis: [0, 1]), [3, 4, 2]),
    Example(GroupNormalization(groups: 2), [3, 4, 6]), Example(GroupNormalization(groups: -1), [3, 4, 3]),
    Example(GroupNormalization(groups: 1, axis: 0, center: false, scale: false), [4, 3, 2]),
    Example(UnitNormalization(), [4, 7]), Example(UnitNormalization(axis: [0, 2]), [3, 4, 2]),
    Example(Normalization(), [3, 4, 5]), Example(Normalization(invert: true), [4]),
    Example(Normalization(axis: [0, 2]), [3, 4, 5]), Example(Normalization(invert: true, axis: []), [3, 4]),
    Example(Normalization(mean: [1, 2], variance: [4, 9]), [3, 4, 2]),
    Example(Normalization(mean: [1], variance: [4], invert: true), [3, 4, 2]),
    Example(Rescaling(scale: 2, offset: 1), [3, 4, 2]),
    Example(Rescaling(scale: [1, 2, 3], offset: [0, -1, 1]), [3, 4, 3]),
    Example(LayerScale(), [3, 4, 5]), Example(LayerScale(), [7]),
    Example(Activation(.gelu(approximate: true)), [3, 4, 5]),
    Example(Activation(.leakyReLU(negativeSlope: 0.3)), [3, 4, 5]),
    Example(
      Activation(.rectifier(maximum: 0.7, negativeSlope: 0.1, threshold: 0.2)), [3, 4, 5], isSmooth: false),
    Example(Activation(.rectifier(maximum: nil, negativeSlope: 0.1, threshold: 0.2)), [8], isSmooth: false),
    Example(Activation(.elu(alpha: 0.5)), [3, 5]), Example(Activation(.celu(alpha: 0.5)), [3, 5]),
    Example(Activation(.glu), [3, 4, 6]),
    Example(PReLU(), [3, 4, 2]), Example(PReLU(sharedAxes: [0, 1]), [3, 4, 5]),
    Example(PReLU(sharedAxes: [0]), [6]),
    Example(Softmax(axis: [0]), [3, 4, 2]), Example(Softmax(axis: [0, 1]), [3, 4, 2]),
    Example(Softmax(axis: [2], function: .logSoftmax), [3, 4, 5]),
    Example(Softmax(axis: [1], function: .sparsemax), [3, 4, 2], isSmooth: false),
    Example(Activation(.sparsemax), [6, 2]),
    Example(Elementwise(.absolute), [3, 5]), Example(Elementwise(.square), [3, 5]),
    Example(Elementwise(.sine), [3, 5]), Example(Elementwise(.cosine), [3, 5]),
    Example(Elementwise(.sign), [3, 5], isSmooth: false),
    Example(Elementwise(.floor), [3, 5], isSmooth: false),
    Example(Elementwise(.ceiling), [3, 5], isSmooth: false),
    Example(Elementwise(.round), [3, 5], isSmooth: false),
    Example(Elementwise(.exponentialOf(base: 2)), [3, 5]), Example(Elementwise(.power(3)), [3, 5]),
    Example(Elementwise(.squareRoot), [3, 5], isPositive: true),
    Example(Elementwise(.logarithm), [3, 5], isPositive: true),
    Example(Elementwise(.reciprocal), [3, 5], isPositive: true),
    Example(Elementwise(.dividing(2)), [3, 5], isPositive: true),
    Example(Elementwise(.reciprocalSquareRoot), [3, 5], isPositive: true),
    Example(Elementwise(.clip(-0.2, 0.3)), [3, 5], isSmooth: false),
    Example(Elementwise(.remainder(0.3)), [3, 5], isSmooth: false),
    Example(Dropout(rate: 0), [4]),
    Example(MaxPooling2D(poolSize: Size2D(2)), [4, 4, 3]),
    Example(AveragePooling2D(poolSize: Size2D(2)), [4, 4, 3]),
    Example(GlobalAveragePooling2D(keepdims: true), [4, 3, 5]), Example(GlobalMaxPooling2D(), [4, 3, 5]),
    Example(ZeroPadding2D(padding: Margins(top: 1, bottom: 0, left: 2, right: 1)), [3, 4, 2]),
    Example(Cropping2D(cropping: Margins(top: 1, bottom: 0, left: 1, right: 2)), [3, 5, 2]),
    Example(UpSampling2D(), [3, 4, 2]),
    Example(UpSampling2D(size: Size2D(2, 3), interpolation: .bilinear), [3, 4, 2]),
    Example(Resizing(height: 7, width: 3), [4, 5, 2]),
    Example(Resizing(height: 3, width: 9, interpolation: .nearest), [5, 4, 2]),
    Example(Resizing(height: 7, width: 3, interpolation: .bicubic), [4, 5, 2]),
    Example(Conv2DTranspose(filters: 3, kernelSize: Size2D(3)), [3, 4, 2]),
    Example(
      Conv2DTranspose(filters: 20, kernelSize: Size2D(3), strides: Size2D(2), padding: .same), [3, 4, 17]),
    Example(
      Conv2DTranspose(filters: 3, kernelSize: Size2D(2), strides: Size2D(3, 2), activation: .tanh), [3, 4, 2]),
    Example(
      Conv2DTranspose(
        filters: 3, kernelSize: Size2D(4, 3), strides: Size2D(2), padding: .same, useBias: false),
      [3, 4, 2]),
    Example(
      Conv2DTranspose(
        filters: 3, kernelSize: Size2D(3), strides: Size2D(2), padding: .same, outputPadding: Size2D(1)),
      [3, 4, 2]),
    Example(
      Conv2DTranspose(filters: 2, kernelSize: Size2D(3), strides: Size2D(2), outputPadding: Size2D(1, 0)),
      [3, 4, 2]),
    Example(Conv2DTranspose(filters: 2, kernelSize: Size2D(3), dilationRate: Size2D(2)), [3, 4, 2]),
    Example(Flatten(), [3, 4, 2]), Example(Reshape(targetShape: Shape([4, 6])), [3, 4, 2]),
    Example(Permute(axes: [2, 0, 1]), [3, 4, 2]), Example(Permute(axes: [1, 0]), [3, 4]),
    Example(RepeatVector(n: 3), [4]), Example(Tile(axis: 1, count: 3), [3, 4, 2]),
    Example(
      Slice(parts: [
        Slice.Part(start: 3, count: 2, step: -2), Slice.Part(start: 1, count: 1, isDropped: true),
        Slice.Part(start: 0, count: 2),
      ]), [4, 3, 2]),
    Example(Stack(axis: 1), [3, 4], [3, 4]), Example(Stack(axis: 2), [3, 4], [3, 4], [3, 4]),
    Example(CumulativeSum(axis: 1), [3, 4, 2]),
    Example(Reduce(.mean, axes: [0, 1]), [3, 4, 2]),
    Example(Reduce(.sum, axes: [1], keepdims: true), [3, 4, 2]),
    Example(Reduce(.maximum, axes: [2]), [3, 4, 5]), Example(Reduce(.minimum, axes: [0]), [3, 4]),
    Example(Reduce(.product, axes: [1]), [3, 4]), Example(Reduce(.mean, axes: [0, 1, 2]), [3, 4, 2]),
    Example(Add(), [3, 4, 2], [3, 4, 2], [3, 4, 2]), Example(Add(), [3, 4, 2], [1, 1, 2]),
    Example(Subtract(), [3, 4, 2], [3, 4, 2]), Example(Subtract(), [4, 1], [3]),
    Example(Multiply(), [3, 4, 20], [1, 1, 20]), Example(Multiply(), [3, 4, 2], [3, 1, 2], [2]),
    Example(Average(), [3, 4], [3, 4], [3, 4]), Example(Maximum(), [3, 4, 2], [3, 4, 2]),
    Example(Minimum(), [3, 4, 2], [4, 2]),
    Example(Dot(axes: [0, 0]), [5], [5]), Example(Dot(axes: [1, 0]), [3, 4], [4, 2]),
    Example(Dot(axes: [1, 1], normalize: true), [3, 4], [2, 4]),
    Example(Concatenate(), [3, 4, 2], [3, 4, 3]), Example(Concatenate(axis: 0), [3, 4, 2], [1, 4, 2]),
    Example(Concatenate(axis: 1), [3, 4, 2], [3, 1, 2], [3, 2, 2]),
    Example(Concatenate(axis: 0), [3, 4], [2, 4]),
    Example(Arithmetic(.divide), [3, 4], [4], isPositive: true),
    Example(Arithmetic(.power), [3, 4], [3, 4], isPositive: true),
    Example(Arithmetic(.subtract), [3, 4, 2], [4, 1]), Example(Arithmetic(.maximum), [3, 4], [1]),
    Example(MatMul(), [3, 4], [4, 2]), Example(MatMul(), [2, 3, 4], [2, 4, 5]),
    Example(MatMul(), [2, 3, 4], [4, 5]),
    Example(MultiHeadAttention(numHeads: 2, keyDim: 3), [4, 5], [4, 5]),
    Example(
      MultiHeadAttention(numHeads: 1, keyDim: 3, valueDim: 2, useBias: false, outputDim: 7), [4, 5], [6, 3]),
    Example(MultiHeadAttention(numHeads: 3, keyDim: 2), [2, 2, 4], [3, 4], [3, 5]),
    Example(TimeDistributed(Conv2D(filters: 3, kernelSize: Size2D(2))), [2, 4, 4, 3]),
    Example(TimeDistributed(MaxPooling2D(poolSize: Size2D(2))), [3, 4, 4, 2]),
    Example(TimeDistributed(Dense(units: 3)), [4, 5]), Example(TimeDistributed(Flatten()), [2, 2, 3]),
  ]

  @Test(arguments: examples)
  func predictsWhatTheOracleDoes(_ example: Example) throws {
    let graph = try example.graph()
    for batch in [1, 3] {
      try expectEqualToReference(graph, batch: batch, tolerance: 5e-6)
    }
  }

  @Test(arguments: examples.filter(\.isSmooth))
  func differentiatesWhatTheOracleDoes(_ example: Example) throws {
    let graph = try example.graph()
    let all = allTrainable(graph)
    for trainable in [all, all.filter { $0.layer == "before" }] {
      try GradientCheck(graph, trainable: trainable, batch: 2).expect(tolerance: 5e-5)
    }
  }

  /// Kinds whose inputs are numbers of rows, constants or pictures are tested below.
  @Test func everyKindHasAnExample() {
    let tested = Set(Self.examples.map { type(of: $0.kind).className })
    let others: Set = ["InputLayer", "Embedding", "Constant", "Filled"]
    #expect(Set(Layer.kinds.map { $0.className }) == tested.union(others))
  }

  @Test func rowsAreLookedUp() throws {
    let g = GraphBuilder("test")
    let rows = g.add(Embedding(inputDim: 5, outputDim: 3), "rows", to: [g.input(.vector(4))])
    let graph = try g.build(output: g.dense(rows, "after", 2)).resolved()
    let weights = TestWeights(graph, seed: 3)
    let numbers: [Float] = [4, 0, 2, 2]
    let found = try Engine(graph, weights: weights).run(numbers, count: 1)[0]
    let expected = Reference(graph: graph, weights: weights).outputs(of: numbers[...])["after"] ?? []
    #expect(relativeError(found, expected) < 1e-6)
    // There is no row for these: nothing that looks like a result comes out.
    for wrong: Float in [-1, 5, .nan] {
      #expect(try Engine(graph, weights: weights).run([wrong, 0, 0, 0], count: 1)[0].contains { $0.isNaN })
    }
  }

  @Test func constantsAreTheSameForEveryPicture() throws {
    let g = GraphBuilder("test")
    let before = g.conv2D(g.input(.map(2, 2, 3)), "before", 3, kernel: 1)
    let constant = g.add(Constant(shape: Shape([2, 3]), values: [1, 2, 3, 4, 5, 6]), "numbers", to: [])
    let ones = g.add(Filled(2), "twos", to: [before])
    let sum = g.add(Arithmetic(.add), "sum", to: [before, constant])
    let graph = try g.build(output: g.dense(g.multiply("product", sum, ones), "after", 2)).resolved()
    try expectEqualToReference(graph, batch: 3)
    try GradientCheck(graph, batch: 2).expect(tolerance: 2e-5)
  }

  /// A layer that is used twice has one kernel, whose gradient is the sum of both uses'.
  @Test func sharedLayersHaveOneKernel() throws {
    let g = GraphBuilder("test")
    let picture = g.input(.map(5, 5, 3))
    let first = g.conv2D(picture, "conv", 3, kernel: 3, padding: .same)
    let normalized = g.batchNormalization(g.activation(first, "tanh", .tanh), "bn")
    let second = g.conv2D(normalized, "again", 3, kernel: 3, padding: .same)
    var graph = try g.build(output: g.add("sum", g.batchNormalization(second, "bn_again"), first))
    for (name, owner) in [("again", "conv"), ("bn_again", "bn")] {
      let index = try #require(graph.nodes.firstIndex { $0.name == name })
      graph.nodes[index].sharing = owner
    }
    let resolved = try graph.resolved()
    #expect(resolved.parameterCount == 3 * 3 * 3 * 3 + 3 + 4 * 3)
    try expectEqualToReference(resolved, outputs: ["sum", "conv", "again"])
    try GradientCheck(resolved, batch: 2).expect(tolerance: 2e-5)
    let later = try graph.cut(at: "bn_again").resolved()
    try expectEqualToReference(later)
  }
}
