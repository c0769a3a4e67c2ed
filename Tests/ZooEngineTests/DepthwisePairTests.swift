import Testing
import ZooGraph
import ZooSystem

@testable import ZooEngine

/// A convolution of single pixels and the depthwise one behind it as one operation, against the oracle.
@Suite(.enabled(if: OneDNN.blockedTag == .blocks(16))) struct DepthwisePairTests {
  private static let precisions = Precision.allCases.filter(\.isSupported)

  /// An expansion and a depthwise convolution as in MobileNets.
  private func network(
    _ size: Size2D, channels: Int = 16, filters: Int = 64, stride: Int,
    activation: ActivationFunction = .relu6, second: ActivationFunction? = nil,
    useBias: Bool = false, padding: Padding = .valid, isUsedTwice: Bool = false
  ) throws -> ResolvedGraph {
    let g = GraphBuilder("pair")
    var x = g.conv2D(g.input(.map(size.height, size.width, 3)), "stem", channels, kernel: 3, padding: .same)
    x = g.conv2D(x, "expand", filters, kernel: 1, useBias: useBias)
    let expanded = g.activation(useBias ? x : g.batchNormalization(x, "expand_BN"), "expand_relu", activation)
    x = expanded
    if padding == .valid {
      // As Keras pads before a stride of 2.
      let margins = Margins(
        top: stride == 1 ? 1 : size.height % 2, bottom: 1, left: stride == 1 ? 1 : size.width % 2, right: 1)
      x = g.zeroPadding2D(x, "pad", margins)
    }
    x = g.depthwiseConv2D(x, "depthwise", kernel: 3, strides: stride, padding: padding, useBias: useBias)
    x = g.activation(
      useBias ? x : g.batchNormalization(x, "depthwise_BN"), "depthwise_relu", second ?? activation)
    if isUsedTwice {
      x = g.add("sum", g.globalAveragePooling2D(expanded, "a"), g.globalAveragePooling2D(x, "b"))
    }
    return try g.build(output: x).resolved()
  }

  /// How many operations are pairs.
  private func pairs(_ graph: ResolvedGraph, _ options: EngineOptions) throws -> Int {
    let engine = try Engine(graph, weights: TestWeights(graph, seed: 1), maximumBatch: 1, options: options)
    return try engine.profile(pictures(graph.inputShape, count: 1), repetitions: 1).count {
      $0.layers.contains("expand") && $0.layers.contains("depthwise")
    }
  }

  /// For how many operations this version of oneDNN has code of a pair.
  private func offers(_ graph: ResolvedGraph, _ options: EngineOptions) throws -> Int {
    let lowered = try LoweredGraph(graph, outputs: ["depthwise_relu"], preprocessing: .none).fused()
    let device = try OneDNN.shared()
    let weights = try WeightStore(TestWeights(graph, seed: 1), threads: 1, on: device)
    let builder = PlanBuilder(
      lowered, batch: 1, threads: 1, options: options, weights: weights,
      choices: ConvolutionChoices(areShared: false), on: device)
    var count = 0
    for operation in lowered.operations {
      guard case .convolution(let convolution) = operation.kind else { continue }
      let found = try OpenMP.with(threads: 1) { () throws(EngineError) in
        try builder.pairWithCode(operation, convolution)
      }
      if found != nil { count += 1 }
    }
    return count
  }

  @Test(
    arguments: [Size2D(112), Size2D(111, 113), Size2D(96, 120)],
    [ActivationFunction.linear, .relu6, .hardSilu])
  func stridesOfTwo(_ size: Size2D, _ activation: ActivationFunction) throws {
    for useBias in [false, true] {
      let graph = try network(size, stride: 2, activation: activation, useBias: useBias)
      for precision in Self.precisions {
        let options = EngineOptions(threads: 1, precision: precision)
        #expect(try pairs(graph, options) == offers(graph, options))
        try expectEqualToReference(
          graph, batch: 1, options: options, tolerance: precision == .bf16 ? 2e-2 : 2e-6)
      }
    }
  }

  @Test func twoActivationsOfOneAlgorithm() throws {
    let graph = try network(
      Size2D(112), stride: 2, activation: .leakyReLU(negativeSlope: 0.3),
      second: .leakyReLU(negativeSlope: 0.1))
    let options = EngineOptions(threads: 1)
    #expect(try pairs(graph, options) == offers(graph, options))
    try expectEqualToReference(graph, batch: 1, options: options, tolerance: 2e-6)
  }

  /// With strides of 1 only where it was measured to be faster.
  @Test func stridesOfOne() throws {
    let graph = try network(Size2D(112, 100), stride: 1, padding: .same)
    #expect(try pairs(graph, EngineOptions(threads: 1)) == 0)
    let folder = try TemporaryFolder()
    let tuning = Tuning(path: folder.path + "/tuning.json")
    let lowered = try LoweredGraph(graph, outputs: ["depthwise_relu"], preprocessing: .none).fused()
    for operation in lowered.operations {
      guard case .convolution(let convolution) = operation.kind, convolution.layer == "expand" else {
        continue
      }
      let (input, output) = (Extent(112, 100, 16), operation.extent)
      let depthwise = lowered.operations.compactMap {
        if case .convolution(let convolution) = $0.kind, convolution.depthwise { convolution } else { nil }
      }
      let step = try #require(DepthwiseStep(depthwise[0], input: output, output: output, type: .float32))
      let key = convolution.tuningKey(
        input: input, output: output, batch: 1, threads: 1,
        steps: [.activation(.relu6), .depthwise(step), .activation(.relu6)], precision: .float32)
      tuning.remember("jit_1x1:avx512_core + depthwise", for: key)
    }
    let options = EngineOptions(threads: 1, tuning: tuning)
    #expect(try pairs(graph, options) == offers(graph, options))
    try expectEqualToReference(graph, batch: 2, options: options)
  }

  @Test func channelsThatDoNotFillBlocks() throws {
    try expectEqualToReference(
      try network(Size2D(113, 112), channels: 20, filters: 72, stride: 2), batch: 2,
      options: EngineOptions(threads: 2))
  }

  /// Where the map between is needed elsewhere, or the padding is another, they are two operations.
  @Test func staysApartWhereItMust() throws {
    let options = EngineOptions(threads: 1)
    let shared = try network(Size2D(112), stride: 2, isUsedTwice: true)
    #expect(try pairs(shared, options) == 0)
    try expectEqualToReference(shared, batch: 1, options: options)
    let shown = try network(Size2D(112), stride: 2)
    try expectEqualToReference(shown, outputs: ["expand_relu", "depthwise_relu"], batch: 1, options: options)
  }

  /// A contest that is held for real ends with the same values, and with a choice that is remembered.
  @Test func contest() throws {
    let folder = try TemporaryFolder()
    let tuning = Tuning(path: folder.path + "/tuning.json")
    let graph = try network(Size2D(112), stride: 2)
    let options = EngineOptions(threads: 1, tuning: tuning)
    try expectEqualToReference(graph, batch: 1, options: options)
    try tuning.save()
    let written = try InputFile.contents(of: folder.path + "/tuning.json", limit: 1 << 20)
    // oneDNN has it where the map between is larger than the processor's cache.
    let isHeld = try offers(graph, options) > 0
    #expect(String(decoding: written, as: UTF8.self).contains("depthwise strides 2") == isHeld)
  }
}
