import ZooGraph
import ZooPlugin

/// MobileNetV2 (Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018), as in
/// `keras/src/applications/mobilenet_v2.py`.
struct MobileNetV2: Generation {
  private struct Width {
    let alpha: Double
    let parameters: Int
    let withoutTop: Int
  }

  private static let widths = [
    Width(alpha: 0.35, parameters: 1_691_208, withoutTop: 410_208),
    Width(alpha: 0.5, parameters: 1_987_224, withoutTop: 706_224),
    Width(alpha: 0.75, parameters: 2_663_064, withoutTop: 1_382_064),
    Width(alpha: 1.0, parameters: 3_538_984, withoutTop: 2_257_984),
    Width(alpha: 1.3, parameters: 5_431_048, withoutTop: 3_766_048),
    Width(alpha: 1.4, parameters: 6_156_712, withoutTop: 4_363_712),
  ]

  /// From the table in Keras' `mobilenet_v2.py`; of 1.0 at 224, Keras' own figures.
  private static let accuracy: [String: (top1: Double, top5: Double)] = [
    "mobilenetv2_1.4_224": (75.0, 92.5), "mobilenetv2_1.3_224": (74.4, 92.1),
    "mobilenetv2_1.0_224": (71.336, 90.142), "mobilenetv2_1.0_192": (70.7, 90.1),
    "mobilenetv2_1.0_160": (68.8, 89.0), "mobilenetv2_1.0_128": (65.3, 86.9),
    "mobilenetv2_1.0_96": (60.3, 83.2), "mobilenetv2_0.75_224": (69.8, 89.6),
    "mobilenetv2_0.75_192": (68.7, 88.9), "mobilenetv2_0.75_160": (66.4, 87.3),
    "mobilenetv2_0.75_128": (63.2, 85.3), "mobilenetv2_0.75_96": (58.8, 81.6),
    "mobilenetv2_0.5_224": (65.4, 86.4), "mobilenetv2_0.5_192": (63.9, 85.4),
    "mobilenetv2_0.5_160": (61.0, 83.2), "mobilenetv2_0.5_128": (57.7, 80.8),
    "mobilenetv2_0.5_96": (51.2, 75.8), "mobilenetv2_0.35_224": (60.3, 82.9),
    "mobilenetv2_0.35_192": (58.2, 81.2), "mobilenetv2_0.35_160": (55.7, 79.1),
    "mobilenetv2_0.35_128": (50.8, 75.0), "mobilenetv2_0.35_96": (45.5, 70.4),
  ]

  var bases: [Base] {
    Self.widths.flatMap { width in
      [224, 192, 160, 128, 96].map { size in
        let name = "mobilenetv2_\(width.alpha)_\(size)"
        let url =
          "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
          + "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_\(width.alpha)_\(size)"
        return Base(
          name: name, family: "MobileNet", inputSize: size, minimumInputSize: 32, preprocessing: .tf,
          parameters: width.parameters, parametersWithoutTop: width.withoutTop,
          top1: Self.accuracy[name]?.top1, top5: Self.accuracy[name]?.top5,
          published: [
            PublishedWeights(includeTop: true, url: url + ".h5"),
            PublishedWeights(includeTop: false, url: url + "_no_top.h5"),
          ], labels: "imagenet", license: "Apache-2.0 (TensorFlow)")
      }
    }
  }

  /// Expansion, filters, stride of each block; the paper's table 2.
  private static let blocks: [(expansion: Int, filters: Int, strides: Int)] = [
    (1, 16, 1), (6, 24, 2), (6, 24, 1), (6, 32, 2), (6, 32, 1), (6, 32, 1), (6, 64, 2), (6, 64, 1),
    (6, 64, 1), (6, 64, 1), (6, 96, 1), (6, 96, 1), (6, 96, 1), (6, 160, 2), (6, 160, 1), (6, 160, 1),
    (6, 320, 1),
  ]

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph? {
    guard let alpha = alpha(of: variant) else { return nil }
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    x = g.conv2D(
      x, "Conv1", divisibleBy8(32 * alpha), kernel: 3, strides: 2, padding: .same, useBias: false)
    x = g.batchNormalization(x, "bn_Conv1", momentum: 0.999)
    x = g.activation(x, "Conv1_relu", .relu6)
    for (index, block) in Self.blocks.enumerated() {
      let filters = divisibleBy8(Double(Int(Double(block.filters) * alpha)))
      if block.strides == 2 { g.endStage(x) }
      x = invertedResidual(g, x, index, block.expansion, filters, strides: block.strides)
    }
    g.endStage(x)
    // The paper applies alpha to the last convolution only where it widens the network.
    x = g.conv2D(x, "Conv_1", alpha > 1 ? divisibleBy8(1280 * alpha) : 1280, kernel: 1, useBias: false)
    x = g.batchNormalization(x, "Conv_1_bn", momentum: 0.999)
    x = g.activation(x, "out_relu", .relu6)
    if variant.includeTop {
      x = g.globalAveragePooling2D(x, "global_average_pooling2d")
      x = g.dense(x, "predictions", variant.classes, activation: variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "global_average_pooling2d", max: "global_max_pooling2d")
    }
    return try g.build(output: x)
  }

  /// Files of 2018 name the layers after the block twice and call the top `Logits`.
  func mapping(of variant: Variant) -> WeightMapping? {
    guard alpha(of: variant) != nil else { return nil }
    var aliases = ["predictions": ["Logits"]]
    for block in 0..<Self.blocks.count {
      let prefix = block == 0 ? "expanded_conv_" : "block_\(block)_"
      for part in ["expand", "depthwise", "project"] {
        aliases["\(prefix)\(part)"] = ["mobl\(block)_conv_\(block)_\(part)"]
        aliases["\(prefix)\(part)_BN"] = ["bn\(block)_conv_\(block)_bn_\(part)"]
      }
    }
    return WeightMapping(aliases: aliases)
  }

  private func alpha(of variant: Variant) -> Double? {
    Self.widths.first { variant.base.hasPrefix("mobilenetv2_\($0.alpha)_") }?.alpha
  }

  /// `_inverted_res_block`.
  private func invertedResidual(
    _ g: GraphBuilder, _ input: GraphBuilder.Tap, _ block: Int, _ expansion: Int, _ filters: Int, strides: Int
  ) -> GraphBuilder.Tap {
    let prefix = block == 0 ? "expanded_conv_" : "block_\(block)_"
    var x = input
    if block > 0 {
      x = g.conv2D(
        x, "\(prefix)expand", expansion * input.shape.channels, kernel: 1, padding: .same, useBias: false)
      x = g.batchNormalization(x, "\(prefix)expand_BN", momentum: 0.999)
      x = g.activation(x, "\(prefix)expand_relu", .relu6)
    }
    if strides == 2 {
      x = g.zeroPadding2D(x, "\(prefix)pad", strideTwoPadding(x.shape, kernel: 3))
    }
    x = g.depthwiseConv2D(
      x, "\(prefix)depthwise", kernel: 3, strides: strides, padding: strides == 1 ? .same : .valid,
      useBias: false)
    x = g.batchNormalization(x, "\(prefix)depthwise_BN", momentum: 0.999)
    x = g.activation(x, "\(prefix)depthwise_relu", .relu6)

    x = g.conv2D(x, "\(prefix)project", filters, kernel: 1, padding: .same, useBias: false)
    x = g.batchNormalization(x, "\(prefix)project_BN", momentum: 0.999)
    return strides == 1 && input.shape.channels == filters ? g.add("\(prefix)add", input, x) : x
  }
}
