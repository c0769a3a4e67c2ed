import ZooGraph
import ZooPlugin

/// EfficientNetV2 (Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", 2021), as in
/// `keras/src/applications/efficientnet_v2.py` with `include_preprocessing=True`.
enum EfficientNetV2 {
  /// Accuracies are those in Keras' documentation.
  static let models = [
    Model(
      name: "efficientnetv2b0", width: 1, depth: 1, size: 224, dropout: 0.2, parameters: 7_200_312,
      withoutTop: 5_919_312, top1: 78.7, top5: 94.3,
      md5: "21ecbf6da12460d5c40bb2f29ceb2188", md5WithoutTop: "893217f2bb855e2983157299931e43ff"),
    Model(
      name: "efficientnetv2b1", width: 1, depth: 1.1, size: 240, dropout: 0.2, parameters: 8_212_124,
      withoutTop: 6_931_124, top1: 79.8, top5: 95.0,
      md5: "069f0534ff22adf035c89e2d9547a9dc", md5WithoutTop: "0e80663031ca32d657f9caa404b6ec37"),
    Model(
      name: "efficientnetv2b2", width: 1.1, depth: 1.2, size: 260, dropout: 0.2, parameters: 10_178_374,
      withoutTop: 8_769_374, top1: 80.5, top5: 95.1,
      md5: "424e49f28180edbde1e94797771950a7", md5WithoutTop: "1dfe2e7a5d45b6632553a8961ea609eb"),
    Model(
      name: "efficientnetv2b3", width: 1.2, depth: 1.4, size: 300, dropout: 0.2, parameters: 14_467_622,
      withoutTop: 12_930_622, top1: 82.0, top5: 95.8,
      md5: "1f1fc43bd98a6e4fd8fdfd551e02c7a0", md5WithoutTop: "f6abf7b5849ac99a89b50dd3fd532856"),
    Model(
      name: "efficientnetv2s", width: 1, depth: 1, size: 384, dropout: 0.2, parameters: 21_612_360,
      withoutTop: 20_331_360, top1: 83.9, top5: 96.7,
      md5: "e1d88a8495beba45748fedd0cecbe016", md5WithoutTop: "af0682fb74e8c54910f2d4393339c070"),
    Model(
      name: "efficientnetv2m", width: 1, depth: 1, size: 480, dropout: 0.2, parameters: 54_431_388,
      withoutTop: 53_150_388, top1: 85.3, top5: 97.4,
      md5: "a3bf6aa3276309f4fc6a34aa114c95cd", md5WithoutTop: "1b8dc055df72dde80d614482840fe342"),
    Model(
      name: "efficientnetv2l", width: 1, depth: 1, size: 480, dropout: 0.2, parameters: 119_027_848,
      withoutTop: 117_746_848, top1: 85.7, top5: 97.5,
      md5: "27e6d408b53c7ebc868fefa357689935", md5WithoutTop: "b0b66b5c863aef5b46e8608fe1711615"),
  ]

  /// A row of the paper's table 4: blocks of one 3×3 convolution that expands ("Fused-MBConv") or, with squeeze and
  /// excitation, of a depthwise one ("MBConv").
  private struct Stage {
    let isFused: Bool
    let blocks: Int
    let filters: Int
    let expansion: Int
    let strides: Int

    static func fused(_ blocks: Int, _ filters: Int, expansion: Int, strides: Int) -> Stage {
      Stage(isFused: true, blocks: blocks, filters: filters, expansion: expansion, strides: strides)
    }

    static func depthwise(_ blocks: Int, _ filters: Int, expansion: Int, strides: Int) -> Stage {
      Stage(isFused: false, blocks: blocks, filters: filters, expansion: expansion, strides: strides)
    }
  }

  private static let b = [
    Stage.fused(1, 16, expansion: 1, strides: 1), .fused(2, 32, expansion: 4, strides: 2),
    .fused(2, 48, expansion: 4, strides: 2), .depthwise(3, 96, expansion: 4, strides: 2),
    .depthwise(5, 112, expansion: 6, strides: 1), .depthwise(8, 192, expansion: 6, strides: 2),
  ]

  private static let s = [
    Stage.fused(2, 24, expansion: 1, strides: 1), .fused(4, 48, expansion: 4, strides: 2),
    .fused(4, 64, expansion: 4, strides: 2), .depthwise(6, 128, expansion: 4, strides: 2),
    .depthwise(9, 160, expansion: 6, strides: 1), .depthwise(15, 256, expansion: 6, strides: 2),
  ]

  private static let m = [
    Stage.fused(3, 24, expansion: 1, strides: 1), .fused(5, 48, expansion: 4, strides: 2),
    .fused(5, 80, expansion: 4, strides: 2), .depthwise(7, 160, expansion: 4, strides: 2),
    .depthwise(14, 176, expansion: 6, strides: 1), .depthwise(18, 304, expansion: 6, strides: 2),
    .depthwise(5, 512, expansion: 6, strides: 1),
  ]

  private static let l = [
    Stage.fused(4, 32, expansion: 1, strides: 1), .fused(7, 64, expansion: 4, strides: 2),
    .fused(7, 96, expansion: 4, strides: 2), .depthwise(10, 192, expansion: 4, strides: 2),
    .depthwise(19, 224, expansion: 6, strides: 1), .depthwise(25, 384, expansion: 6, strides: 2),
    .depthwise(7, 640, expansion: 6, strides: 1),
  ]

  private static let momentum = 0.9

  static func graph(of variant: Variant, _ model: Model) throws(GraphError) -> ModelGraph {
    let (stages, stemFilters) =
      switch model.name {
      case "efficientnetv2s": (s, 24)
      case "efficientnetv2m": (m, 24)
      case "efficientnetv2l": (l, 32)
      default: (b, 32)
      }
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    x = preprocessed(g, x, model)
    x = g.conv2D(
      x, "stem_conv", filters(stemFilters, model), kernel: 3, strides: 2, padding: .same, useBias: false)
    x = g.batchNormalization(x, "stem_bn", momentum: momentum)
    x = g.activation(x, "stem_activation", .silu)

    // Keras does not count the blocks that the depth adds.
    let blocks = Double(stages.reduce(0) { $0 + $1.blocks })
    var number = 0
    for (index, stage) in stages.enumerated() {
      if stage.strides == 2 { g.endStage(x) }
      for block in 0..<Int((model.depth * Double(stage.blocks)).rounded(.up)) {
        let add = stage.isFused ? fusedBlock : depthwiseBlock
        x = add(
          g, x, blockPrefix(stage: index + 1, block: block), filters(stage.filters, model),
          block == 0 ? stage.strides : 1, stage.expansion, 0.2 * Double(number) / blocks)
        number += 1
      }
    }
    g.endStage(x)
    x = g.efficientNetEnd(
      x, variant, filters: filters(1280, model), dropout: model.dropout, momentum: momentum)
    return try g.build(output: x)
  }

  private static func preprocessed(
    _ g: GraphBuilder, _ input: GraphBuilder.Tap, _ model: Model
  ) -> GraphBuilder.Tap {
    guard model.name.hasPrefix("efficientnetv2b") else {
      return g.rescaling(input, g.numbered("rescaling"), scale: 1 / 128, offset: -1)
    }
    let x = g.rescaling(input, g.numbered("rescaling"), scale: 1 / 255)
    return g.normalization(
      x, g.numbered("normalization"), mean: [0.485, 0.456, 0.406],
      variance: [0.229, 0.224, 0.225].map { $0 * $0 })
  }

  /// `round_filters`: the multiple of 8 nearest to what the width makes of `count`.
  private static func filters(_ count: Int, _ model: Model) -> Int {
    max(8, Int(Double(count) * model.width + 4) / 8 * 8)
  }

  /// `FusedMBConvBlock`.
  private static func fusedBlock(
    _ g: GraphBuilder, _ input: GraphBuilder.Tap, _ prefix: String, _ filters: Int, _ strides: Int,
    _ expansion: Int, _ dropRate: Double
  ) -> GraphBuilder.Tap {
    let filtersIn = input.shape.channels
    var x = input
    if expansion != 1 {
      x = g.conv2D(
        x, "\(prefix)expand_conv", filtersIn * expansion, kernel: 3, strides: strides, padding: .same,
        useBias: false)
      x = g.batchNormalization(x, "\(prefix)expand_bn", momentum: momentum)
      x = g.activation(x, "\(prefix)expand_activation", .silu)
      x = g.conv2D(x, "\(prefix)project_conv", filters, kernel: 1, padding: .same, useBias: false)
    } else {
      x = g.conv2D(
        x, "\(prefix)project_conv", filters, kernel: 3, strides: strides, padding: .same, useBias: false)
    }
    x = g.batchNormalization(x, "\(prefix)project_bn", momentum: momentum)
    if expansion == 1 { x = g.activation(x, "\(prefix)project_activation", .silu) }
    guard strides == 1, filtersIn == filters else { return x }
    return g.residual(x, input, prefix, dropRate: dropRate)
  }

  /// `MBConvBlock`.
  private static func depthwiseBlock(
    _ g: GraphBuilder, _ input: GraphBuilder.Tap, _ prefix: String, _ filters: Int, _ strides: Int,
    _ expansion: Int, _ dropRate: Double
  ) -> GraphBuilder.Tap {
    let filtersIn = input.shape.channels
    var x = g.conv2D(
      input, "\(prefix)expand_conv", filtersIn * expansion, kernel: 1, padding: .same, useBias: false)
    x = g.batchNormalization(x, "\(prefix)expand_bn", momentum: momentum)
    x = g.activation(x, "\(prefix)expand_activation", .silu)

    x = g.depthwiseConv2D(
      x, "\(prefix)dwconv2", kernel: 3, strides: strides, padding: .same, useBias: false)
    x = g.batchNormalization(x, "\(prefix)bn", momentum: momentum)
    x = g.activation(x, "\(prefix)activation", .silu)
    x = g.squeezeExcite(x, prefix, squeezed: max(1, filtersIn / 4))

    x = g.conv2D(x, "\(prefix)project_conv", filters, kernel: 1, padding: .same, useBias: false)
    x = g.batchNormalization(x, "\(prefix)project_bn", momentum: momentum)
    guard strides == 1, filtersIn == filters else { return x }
    return g.residual(x, input, prefix, dropRate: dropRate)
  }
}
