import Testing
import ZooGraph
import ZooSystem

@testable import ZooEngine

/// What the lowered graph looks like after each pass, without oneDNN.
@Suite struct LoweringTests {
  private func lowered(
    outputs: [String]? = nil, preprocessing: Preprocessing = .none,
    _ body: (GraphBuilder, GraphBuilder.Tap) -> GraphBuilder.Tap
  ) throws -> LoweredGraph {
    let g = GraphBuilder("test")
    let graph = try g.build(output: body(g, g.input(.map(8, 8, 3), "input"))).resolved()
    return try LoweredGraph(
      graph, outputs: outputs ?? [graph.graph.output], preprocessing: preprocessing)
  }

  private func layers(_ graph: LoweredGraph) -> [[String]] { graph.operations.map(\.layers) }

  private func block(_ g: GraphBuilder, _ x: GraphBuilder.Tap) -> GraphBuilder.Tap {
    var y = g.conv2D(x, "conv", 16, kernel: 3, useBias: false)
    y = g.batchNormalization(y, "bn")
    return g.activation(y, "relu", .relu)
  }

  @Test func oneOperationPerLayerAndActivation() throws {
    let graph = try lowered { g, x in g.conv2D(x, "conv", 4, kernel: 3, activation: .relu) }
    #expect(layers(graph) == [["input"], ["conv"], ["conv"]])
  }

  @Test func convolutionTakesNormalizationAndActivation() throws {
    let graph = try lowered(block).fused()
    #expect(layers(graph) == [["input"], ["conv", "bn", "relu"]])
    guard case .convolution(let convolution) = graph.operations[1].kind else {
      Issue.record("not a convolution")
      return
    }
    #expect(convolution.affine == [.batchNormalization(layer: "bn", BatchNormalization())])
    #expect(graph.operations[1].epilogue == [.activation(.relu)])
  }

  @Test func whatIsAskedForStays() throws {
    #expect(
      layers(try lowered(outputs: ["relu", "bn"], block).fused()) == [["input"], ["conv", "bn"], ["relu"]])
    #expect(
      layers(try lowered(outputs: ["conv", "relu"], block).fused()) == [["input"], ["conv"], ["bn", "relu"]])
    #expect(layers(try lowered(outputs: ["conv"], block).fused()) == [["input"], ["conv"]])
  }

  @Test func sumGoesToTheLaterConvolution() throws {
    let graph = try lowered { g, x in
      let first = g.conv2D(x, "first", 8, kernel: 1)
      let second = g.conv2D(x, "second", 8, kernel: 1)
      return g.activation(g.add("add", second, first), "relu", .relu)
    }.fused()
    #expect(layers(graph) == [["input"], ["first"], ["second", "add", "relu"]])
    #expect(graph.operations[2].epilogue == [.add(input: 1), .activation(.relu)])
    #expect(graph.operations[2].inputs == [graph.operations[0].id, graph.operations[1].id])
  }

  @Test func sumWaitsForWhatItAdds() throws {
    let graph = try lowered { g, x in
      let first = g.conv2D(x, "first", 3, kernel: 1)
      let second = g.maxPooling2D(x, "second", pool: 1)
      return g.add("add", first, second)
    }.fused()
    #expect(layers(graph) == [["input"], ["second"], ["first", "add"]])
  }

  @Test func paddingGoesToTheConvolutionAndStaysForOthers() throws {
    let padded = try lowered { g, x in
      g.conv2D(g.zeroPadding2D(x, "pad", Margins(1)), "conv", 4, kernel: 3)
    }.fused()
    #expect(layers(padded) == [["input"], ["pad", "conv"]])
    let wide = try lowered { g, x in
      g.conv2D(g.zeroPadding2D(x, "pad", Margins(3)), "conv", 4, kernel: 3)
    }.fused()
    #expect(layers(wide) == [["input"], ["pad"], ["conv"]])
  }

  @Test func poolingKnowsWhetherZerosCanWin() throws {
    func mode(_ function: ActivationFunction) throws -> PoolingWindow.Mode? {
      let graph = try lowered { g, x in
        let x = g.zeroPadding2D(g.activation(x, "activation", function), "pad", Margins(1))
        return g.maxPooling2D(x, "pool", pool: 3, strides: 2)
      }.fused()
      guard case .pool(let pooling)? = graph.operations.last?.kind else { return nil }
      #expect(graph.operations.last?.layers == ["pad", "pool"])
      return pooling.mode
    }
    #expect(try mode(.relu) == .maximum)
    #expect(try mode(.tanh) == .maximumWithZeros)
    #expect(try mode(.linear) == .maximumWithZeros)
  }

  @Test func rescalingGoesToThePixels() throws {
    let graph = try lowered(preprocessing: .caffe) { g, x in
      g.conv2D(g.rescaling(x, "rescaling", scale: 2, offset: 1), "conv", 4, kernel: 3)
    }.fused()
    #expect(layers(graph) == [["input", "rescaling"], ["conv"]])
    guard case .input(let transform) = graph.operations[0].kind else {
      Issue.record("not an input")
      return
    }
    #expect(transform.order == [2, 1, 0])
    #expect(transform.scale == [2])
    let means: [Double] = [103.939, 116.779, 123.68]
    #expect(transform.shift == means.map { 1 - 2 * $0 })
  }

  @Test func identitiesGo() throws {
    let graph = try lowered(outputs: ["dropout", "conv"]) { g, x in
      g.activation(g.dropout(g.conv2D(x, "conv", 4, kernel: 3), "dropout", rate: 0.5), "linear", .linear)
    }.fused()
    #expect(layers(graph) == [["input"], ["conv"]])
    #expect(graph.outputs == [graph.operations[1].id, graph.operations[1].id])
  }

  @Test func flattenGoesToTheDense() throws {
    let graph = try lowered { g, x in g.dense(g.flatten(x, "flatten"), "dense", 5) }.fused()
    #expect(layers(graph) == [["input"], ["flatten", "dense"]])
  }

  @Test(arguments: 0..<200)
  func arenaBuffersThatLiveTogetherDoNotMeet(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let lifetimes = (0..<Int.random(in: 1...40, using: &random)).map { _ in
      let first = Int.random(in: 0...30, using: &random)
      return Lifetime(
        byteCount: Int.random(in: 0...5_000, using: &random), first: first,
        last: first + Int.random(in: 0...6, using: &random))
    }
    let plan = try ArenaPlan(lifetimes)
    for (i, a) in lifetimes.enumerated() {
      #expect(plan.offsets[i].isMultiple(of: ArenaPlan.alignment))
      #expect(plan.offsets[i] + a.byteCount <= plan.byteCount)
      for (j, b) in lifetimes.enumerated() where i < j && a.overlaps(b) {
        let apart =
          plan.offsets[i] + a.byteCount <= plan.offsets[j] || plan.offsets[j] + b.byteCount <= plan.offsets[i]
        #expect(apart || a.byteCount == 0 || b.byteCount == 0, "buffers \(i) and \(j)")
      }
    }
  }

  @Test func arenaIsReused() throws {
    let chain = (0..<10).map { Lifetime(byteCount: 1_000, first: $0, last: $0 + 1) }
    #expect(try ArenaPlan(chain).byteCount == 2_048)
  }

  @Test func arenaBeyondAllMachinesIsRefused() {
    let huge = Array(repeating: Lifetime(byteCount: 1 << 59, first: 0, last: 1), count: 8)
    #expect(throws: EngineError.self) { try ArenaPlan(huge) }
  }

  /// The heads of an attention are multiplied where they lie.
  @Test func attentionCopiesNothing() throws {
    let g = GraphBuilder("test")
    let x = g.input(.map(1, 6, 8), "input")
    let attention = g.add(MultiHeadAttention(numHeads: 3, keyDim: 4, valueDim: 5), "attention", to: [x, x])
    let graph = try LoweredGraph(
      g.build(output: attention).resolved(), outputs: ["attention"], preprocessing: .none)
    func kinds(_ graph: LoweredGraph) -> (copies: Int, sides: [Set<MatrixProduct.Operand>]) {
      var (copies, sides) = (0, [Set<MatrixProduct.Operand>]())
      for operation in graph.operations {
        switch operation.kind {
        case .rearrange: copies += 1
        case .matrixProduct(let product): sides.append(product.sideBySide)
        default: continue
        }
      }
      return (copies, sides)
    }
    #expect(kinds(graph) == (4, [[], []]))
    #expect(kinds(graph.fused()) == (0, [[.first, .second], [.second, .result]]))
  }
}
