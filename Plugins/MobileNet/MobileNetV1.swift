import ZooGraph
import ZooPlugin

/// MobileNet (Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
/// Applications", 2017), as in `keras/src/applications/mobilenet.py`.
struct MobileNetV1: Generation {
  private struct Width {
    let alpha: Double
    let parameters: Int
    let withoutTop: Int
    /// How the published files spell the alpha.
    let spelling: String
  }

  private static let widths = [
    Width(alpha: 1.0, parameters: 4_253_864, withoutTop: 3_228_864, spelling: "1_0"),
    Width(alpha: 0.75, parameters: 2_601_976, withoutTop: 1_832_976, spelling: "7_5"),
    Width(alpha: 0.5, parameters: 1_342_536, withoutTop: 829_536, spelling: "5_0"),
    Width(alpha: 0.25, parameters: 475_544, withoutTop: 218_544, spelling: "2_5"),
  ]

  /// Top-1 from the paper's tables 6 and 7; of the first, Keras' own figures.
  private static let accuracy: [String: (top1: Double, top5: Double?)] = [
    "mobilenet_1.0_224": (70.424, 89.504), "mobilenet_1.0_192": (69.1, nil), "mobilenet_1.0_160": (67.2, nil),
    "mobilenet_1.0_128": (64.4, nil), "mobilenet_0.75_224": (68.4, nil), "mobilenet_0.5_224": (63.7, nil),
    "mobilenet_0.25_224": (50.6, nil),
  ]

  var bases: [Base] {
    Self.widths.flatMap { width in
      [224, 192, 160, 128].map { size in
        let name = "mobilenet_\(width.alpha)_\(size)"
        let url =
          "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/"
          + "mobilenet_\(width.spelling)_\(size)_tf"
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

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph? {
    guard let alpha = alpha(of: variant) else { return nil }
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    x = g.conv2D(x, "conv1", Int(32 * alpha), kernel: 3, strides: 2, padding: .same, useBias: false)
    x = g.batchNormalization(x, "conv1_bn")
    x = g.activation(x, "conv1_relu", .relu6)
    let filters = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
    for (block, filters) in zip(1..., filters) {
      let strides = [2, 4, 6, 12].contains(block) ? 2 : 1
      if strides == 2 { g.endStage(x) }
      x = separable(g, x, block, Int(Double(filters) * alpha), strides: strides)
    }
    g.endStage(x)
    if variant.includeTop {
      x = g.globalAveragePooling2D(x, "global_average_pooling2d", keepdims: true)
      x = g.dropout(x, "dropout", rate: 1e-3)
      x = g.conv2D(x, "conv_preds", variant.classes, kernel: 1, padding: .same)
      x = g.reshape(x, "reshape_2", .vector(variant.classes))
      x = g.activation(x, "predictions", variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "global_average_pooling2d", max: "global_max_pooling2d")
    }
    return try g.build(output: x)
  }

  func mapping(of variant: Variant) -> WeightMapping? {
    alpha(of: variant).map { _ in WeightMapping() }
  }

  private func alpha(of variant: Variant) -> Double? {
    Self.widths.first { variant.base.hasPrefix("mobilenet_\($0.alpha)_") }?.alpha
  }

  /// `_depthwise_conv_block`.
  private func separable(
    _ g: GraphBuilder, _ input: GraphBuilder.Tap, _ block: Int, _ filters: Int, strides: Int
  ) -> GraphBuilder.Tap {
    var x = input
    if strides == 2 {
      x = g.zeroPadding2D(x, "conv_pad_\(block)", Margins(top: 0, bottom: 1, left: 0, right: 1))
    }
    x = g.depthwiseConv2D(
      x, "conv_dw_\(block)", kernel: 3, strides: strides, padding: strides == 1 ? .same : .valid,
      useBias: false)
    x = g.batchNormalization(x, "conv_dw_\(block)_bn")
    x = g.activation(x, "conv_dw_\(block)_relu", .relu6)

    x = g.conv2D(x, "conv_pw_\(block)", filters, kernel: 1, padding: .same, useBias: false)
    x = g.batchNormalization(x, "conv_pw_\(block)_bn")
    return g.activation(x, "conv_pw_\(block)_relu", .relu6)
  }
}
