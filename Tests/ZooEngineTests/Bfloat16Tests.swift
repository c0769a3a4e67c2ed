import Testing
import ZooGraph

@testable import ZooEngine

/// In bfloat16 a value has 8 significant bits, so results are near the oracle's, and not equal to float32's.
@Suite struct Bfloat16Tests {
  private static let supported = OneDNN.multipliesBfloat16
  private let options = EngineOptions(precision: .bf16)

  @Test(.enabled(if: supported), arguments: [16, 24], [1, 5])
  func everyKindOfStep(channels: Int, batch: Int) throws {
    let outputs = ["multiply", "add", "pool", "concatenate", "predictions"]
    try expectEqualToReference(
      outputs: outputs, batch: batch, preprocessing: .tf, options: options, tolerance: 0.02,
      input: .map(20, 20, 3), range: 0...255
    ) { g, x in
      var x = g.conv2D(x, "stem", channels, kernel: 3, strides: 2, activation: .hardSilu)
      let entry = x
      x = g.activation(g.batchNormalization(x, "bn"), "relu", .relu)
      x = g.depthwiseConv2D(x, "depthwise", kernel: 3, padding: .same)
      let squeeze = g.globalAveragePooling2D(x, "squeeze", keepdims: true)
      let gate = g.conv2D(squeeze, "gate", channels, kernel: 1, activation: .hardSigmoid)
      x = g.multiply("multiply", x, gate)
      x = g.add("add", entry, g.conv2D(x, "project", channels, kernel: 1))
      x = g.maxPooling2D(g.zeroPadding2D(x, "pad", Margins(1)), "pool", pool: 3, strides: 2)
      let wide = g.conv2D(x, "wide", 32, kernel: 3, padding: .same, activation: .relu)
      x = g.concatenate(
        "concatenate", x, wide, g.zeroPadding2D(g.conv2D(x, "valid", 8, kernel: 3), "pad2", Margins(1)))
      return g.dense(g.flatten(x, "flatten"), "predictions", 10, activation: .softmax)
    }
  }

  @Test(.enabled(if: supported)) func isAnotherPrecision() throws {
    let g = GraphBuilder("test")
    let graph = try g.build(output: g.conv2D(g.input(.map(8, 8, 32)), "conv", 32, kernel: 1)).resolved()
    let weights = TestWeights(graph, seed: 1)
    let pixels = pictures(graph.inputShape, count: 1)
    let coarse = try Engine(graph, weights: weights, options: options).run(pixels, count: 1)[0]
    let fine = try Engine(graph, weights: weights).run(pixels, count: 1)[0].map(Double.init)
    #expect((1e-4...1e-2).contains(relativeError(coarse, fine)))
  }

  /// Where all inputs are the same, nothing is left of the errors that rounding makes in the weights (1e-3 where each
  /// goes to the nearest number).
  @Test(.enabled(if: supported)) func errorsOfTheWeightsCancel() throws {
    let g = GraphBuilder("test")
    let graph = try g.build(output: g.dense(g.input(.vector(512)), "dense", 64)).resolved()
    let weights = TestWeights(graph, seed: 1)
    let ones = [Float](repeating: 1, count: 512)
    let coarse = try Engine(graph, weights: weights, options: options).run(ones, count: 1)[0]
    let fine = try Engine(graph, weights: weights).run(ones, count: 1)[0].map(Double.init)
    #expect(relativeError(coarse, fine) < 1e-4)
  }

  @Test(.enabled(if: !supported)) func isRefusedWithoutTheInstructions() throws {
    let g = GraphBuilder("test")
    let graph = try g.build(output: g.dense(g.input(.vector(3)), "dense", 2)).resolved()
    #expect(throws: EngineError("this processor has no bfloat16 instructions (AVX512-BF16); use float32")) {
      try Engine(graph, weights: TestWeights(graph, seed: 1), options: options)
    }
  }
}
