import ZooGraph
import ZooPlugin

/// EfficientNet (Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019), as in
/// `keras/src/applications/efficientnet.py`.
enum EfficientNetV1 {
  /// Accuracies are those in Keras' documentation.
  static let models = [
    Model(
      name: "efficientnetb0", width: 1, depth: 1, size: 224, dropout: 0.2, parameters: 5_330_571,
      withoutTop: 4_049_571, top1: 77.1, top5: 93.3,
      md5: "902e53a9f72be733fc0bcb005b3ebbac", md5WithoutTop: "50bc09e76180e00e4465e1a485ddc09d"),
    Model(
      name: "efficientnetb1", width: 1, depth: 1.1, size: 240, dropout: 0.2, parameters: 7_856_239,
      withoutTop: 6_575_239, top1: 79.1, top5: 94.4,
      md5: "1d254153d4ab51201f1646940f018540", md5WithoutTop: "74c4e6b3e1f6a1eea24c589628592432"),
    Model(
      name: "efficientnetb2", width: 1.1, depth: 1.2, size: 260, dropout: 0.3, parameters: 9_177_569,
      withoutTop: 7_768_569, top1: 80.1, top5: 94.9,
      md5: "b15cce36ff4dcbd00b6dd88e7857a6ad", md5WithoutTop: "111f8e2ac8aa800a7a99e3239f7bfb39"),
    Model(
      name: "efficientnetb3", width: 1.2, depth: 1.4, size: 300, dropout: 0.3, parameters: 12_320_535,
      withoutTop: 10_783_535, top1: 81.6, top5: 95.7,
      md5: "ffd1fdc53d0ce67064dc6a9c7960ede0", md5WithoutTop: "af6d107764bb5b1abb91932881670226"),
    Model(
      name: "efficientnetb4", width: 1.4, depth: 1.8, size: 380, dropout: 0.4, parameters: 19_466_823,
      withoutTop: 17_673_823, top1: 82.9, top5: 96.4,
      md5: "18c95ad55216b8f92d7e70b3a046e2fc", md5WithoutTop: "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    Model(
      name: "efficientnetb5", width: 1.6, depth: 2.2, size: 456, dropout: 0.4, parameters: 30_562_527,
      withoutTop: 28_513_527, top1: 83.6, top5: 96.7,
      md5: "ace28f2a6363774853a83a0b21b9421a", md5WithoutTop: "38879255a25d3c92d5e44e04ae6cec6f"),
    Model(
      name: "efficientnetb6", width: 1.8, depth: 2.6, size: 528, dropout: 0.5, parameters: 43_265_143,
      withoutTop: 40_960_143, top1: 84.0, top5: 96.8,
      md5: "165f6e37dce68623721b423839de8be5", md5WithoutTop: "9ecce42647a20130c1f39a5d4cb75743"),
    Model(
      name: "efficientnetb7", width: 2, depth: 3.1, size: 600, dropout: 0.5, parameters: 66_658_687,
      withoutTop: 64_097_687, top1: 84.3, top5: 97.0,
      md5: "8c03f828fec3ef71311cd463b6759d99", md5WithoutTop: "cbcfe4450ddf6f3ad90b1b398090fe4a"),
  ]

  /// A row of the paper's table 1.
  private struct Stage {
    let kernel: Int
    let blocks: Int
    let filters: Int
    let expansion: Int
    let strides: Int
  }

  private static let stages = [
    Stage(kernel: 3, blocks: 1, filters: 16, expansion: 1, strides: 1),
    Stage(kernel: 3, blocks: 2, filters: 24, expansion: 6, strides: 2),
    Stage(kernel: 5, blocks: 2, filters: 40, expansion: 6, strides: 2),
    Stage(kernel: 3, blocks: 3, filters: 80, expansion: 6, strides: 2),
    Stage(kernel: 5, blocks: 3, filters: 112, expansion: 6, strides: 1),
    Stage(kernel: 5, blocks: 4, filters: 192, expansion: 6, strides: 2),
    Stage(kernel: 3, blocks: 1, filters: 320, expansion: 6, strides: 1),
  ]

  static func graph(of variant: Variant, _ model: Model) throws(GraphError) -> ModelGraph {
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    x = g.rescaling(x, g.numbered("rescaling"), scale: 1 / 255)
    x = g.normalization(x, g.numbered("normalization"))
    // The published networks were trained with the variance where the deviation should be. Keras has this layer
    // with their weights only.
    if variant.isPretrained {
      x = g.rescaling(
        x, g.numbered("rescaling"), scale: [0.229, 0.224, 0.225].map { 1 / $0.squareRoot() }, offset: [0])
    }

    x = g.zeroPadding2D(x, "stem_conv_pad", strideTwoPadding(x.shape, kernel: 3))
    x = g.conv2D(x, "stem_conv", filters(32, model), kernel: 3, strides: 2, useBias: false)
    x = g.batchNormalization(x, "stem_bn")
    x = g.activation(x, "stem_activation", .silu)

    let depths = stages.map { Int((model.depth * Double($0.blocks)).rounded(.up)) }
    let blocks = Double(depths.reduce(0, +))
    var number = 0
    for (index, (stage, depth)) in zip(stages, depths).enumerated() {
      if stage.strides == 2 { g.endStage(x) }
      for block in 0..<depth {
        x = g.invertedResidual(
          x, blockPrefix(stage: index + 1, block: block), filters(stage.filters, model), kernel: stage.kernel,
          strides: block == 0 ? stage.strides : 1, expansion: stage.expansion,
          dropRate: 0.2 * Double(number) / blocks)
        number += 1
      }
    }
    g.endStage(x)
    x = g.efficientNetEnd(
      x, variant, filters: filters(1280, model), dropout: model.dropout, momentum: 0.99)
    return try g.build(output: x)
  }

  /// `round_filters`: the multiple of 8 nearest to what the width makes of `count`, and not more than 10 % below it.
  private static func filters(_ count: Int, _ model: Model) -> Int {
    let scaled = Double(count) * model.width
    let rounded = max(8, Int(scaled + 4) / 8 * 8)
    return Double(rounded) < 0.9 * scaled ? rounded + 8 : rounded
  }
}

extension GraphBuilder {
  /// `block`.
  fileprivate func invertedResidual(
    _ input: Tap, _ prefix: String, _ filters: Int, kernel: Int, strides: Int, expansion: Int,
    dropRate: Double
  ) -> Tap {
    let filtersIn = input.shape.channels
    var x = input
    if expansion != 1 {
      x = conv2D(x, "\(prefix)expand_conv", filtersIn * expansion, kernel: 1, padding: .same, useBias: false)
      x = batchNormalization(x, "\(prefix)expand_bn")
      x = activation(x, "\(prefix)expand_activation", .silu)
    }
    if strides == 2 {
      x = zeroPadding2D(x, "\(prefix)dwconv_pad", strideTwoPadding(x.shape, kernel: kernel))
    }
    x = depthwiseConv2D(
      x, "\(prefix)dwconv", kernel: kernel, strides: strides, padding: strides == 1 ? .same : .valid,
      useBias: false)
    x = batchNormalization(x, "\(prefix)bn")
    x = activation(x, "\(prefix)activation", .silu)
    x = squeezeExcite(x, prefix, squeezed: max(1, filtersIn / 4))

    x = conv2D(x, "\(prefix)project_conv", filters, kernel: 1, padding: .same, useBias: false)
    x = batchNormalization(x, "\(prefix)project_bn")
    guard strides == 1, filtersIn == filters else { return x }
    return residual(x, input, prefix, dropRate: dropRate)
  }
}
