import Testing
import ZooEngine
import ZooGraph
import ZooTrain

/// Which layers are trained.
@Suite struct FreezingTests {
  private func network() throws -> (graph: ResolvedGraph, head: [String]) {
    let model = try Head.linear.appended(to: smallBase(), classes: 2, output: .softmax)
    return (try model.graph.resolved(), model.headLayers)
  }

  @Test(
    arguments: zip(
      ["head", "block3", "block2_bn", "*_conv", "block?_bn", "0", "3", "5", "all"],
      [
        ["dense"], ["block3_conv", "block3_bn", "dense"],
        ["block2_bn", "block3_conv", "block3_bn", "dense"],
        ["block1_conv", "block2_conv", "block3_conv", "dense"],
        ["block1_bn", "block2_bn", "block3_bn", "dense"], ["dense"], ["block3_conv", "block3_bn", "dense"],
        ["block2_bn", "block3_conv", "block3_bn", "dense"],
        ["block1_conv", "block1_bn", "block2_conv", "block2_bn", "block3_conv", "block3_bn", "dense"],
      ]))
  func selects(_ text: String, layers: [String]) throws {
    let (graph, head) = try network()
    #expect(try LayerSelection(text).layers(of: graph, head: head) == layers)
  }

  @Test(
    arguments: zip(
      ["blok3", "block", "conv9", "9999", "x*", "block3_con", "", "-1"],
      [
        "did you mean 'block3'", "did you mean 'block1'", "unknown", "the base has", "no layer matches",
        "block3_conv", "unknown",
        "the base has",
      ]))
  func suggestsNearNames(_ text: String, message: String) throws {
    let (graph, head) = try network()
    let error = #expect(throws: TrainError.self) { try LayerSelection(text).layers(of: graph, head: head) }
    #expect(error?.description.contains(message) == true)
  }

  @Test func aBeginningEndsWithAWord() throws {
    let builder = GraphBuilder("numbers")
    var x = builder.input(.map(4, 4, 3))
    for block in [1, 2, 13] { x = builder.conv2D(x, "block_\(block)_expand", 3, kernel: 1) }
    let graph = try builder.build(output: x).resolved()
    #expect(try LayerSelection("block_13").layers(of: graph, head: []) == ["block_13_expand"])
    #expect(try LayerSelection("block_1").layers(of: graph, head: []).count == 3)
  }

  @Test func headNeedsAHead() throws {
    let graph = try smallBase()
    #expect(throws: TrainError.self) { try LayerSelection("head").layers(of: graph, head: []) }
    #expect(throws: TrainError.self) { try LayerSelection("*_relu").layers(of: graph, head: []) }
  }

  @Test func normalizationsKeepTheirStatisticsUnlessAsked() throws {
    let (graph, _) = try network()
    let layers = ["block3_conv", "block3_bn", "dense"]
    let kept = try TrainingSplit(graph, layers: layers, trainsBatchNormalization: false)
    #expect(kept.batchStatistics.isEmpty)
    #expect(kept.trainable.contains(WeightName("block3_bn", "gamma")))
    #expect(!kept.trainable.contains(WeightName("block3_bn", "moving_mean")))
    #expect(kept.boundary == ["block2_relu"])
    let trained = try TrainingSplit(graph, layers: layers, trainsBatchNormalization: true)
    #expect(trained.batchStatistics == ["block3_bn"])
  }

  @Test func readsStages() throws {
    let stages = try Stage.parse("head:5@1e-3, block_16:3@1e-4,all:2")
    #expect(
      stages == [
        Stage(LayerSelection("head"), epochs: 5, learningRate: 1e-3),
        Stage(LayerSelection("block_16"), epochs: 3, learningRate: 1e-4),
        Stage(LayerSelection("all"), epochs: 2),
      ])
  }

  @Test(arguments: [
    "", "head", "head:", "head:0", "head:x", ":3", "head:3@", "head:3@0", "head:3@-1", "head:3@1@2",
    "a:1,,b:2",
  ])
  func refusesOtherStages(_ text: String) {
    let error = #expect(throws: TrainError.self) { try Stage.parse(text) }
    #expect(error?.description.contains("LAYERS:EPOCHS@RATE") == true)
  }
}
