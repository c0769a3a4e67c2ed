import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: DenseNet()) })

/// DenseNet (Huang et al., "Densely Connected Convolutional Networks", 2016), as in
/// `keras/src/applications/densenet.py`.
struct DenseNet: ArchitecturePlugin {
  let family = "DenseNet"

  /// Blocks in each of the four dense blocks.
  private static let depths = [
    "densenet121": [6, 12, 24, 16], "densenet169": [6, 12, 32, 32], "densenet201": [6, 12, 48, 32],
  ]

  var bases: [Base] {
    [
      base(
        "densenet121", parameters: 8_062_504, withoutTop: 7_037_504, top1: 74.972, top5: 92.258,
        md5: "9d60b8095a5708f2dcce2bca79d332c7", md5WithoutTop: "30ee3e1110167f948a6b9946edeeb738"),
      base(
        "densenet169", parameters: 14_307_880, withoutTop: 12_642_880, top1: 76.176, top5: 93.176,
        md5: "d699b8f76981ab1b30698df4c175e90b", md5WithoutTop: "b8c4d4c20dd625c148057b9ff1c1176b"),
      base(
        "densenet201", parameters: 20_242_984, withoutTop: 18_321_984, top1: 77.320, top5: 93.620,
        md5: "1ceb130c1ea1b78c3bf6114dbdfd8807", md5WithoutTop: "c13680b51ded0fb44dff2d8f86ac8bb1"),
    ]
  }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    guard let depths = Self.depths[variant.base] else {
      throw GraphError("the family has no base '\(variant.base)'")
    }
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    x = g.zeroPadding2D(x, g.numbered("zero_padding2d"), Margins(3))
    x = g.conv2D(x, "conv1_conv", 64, kernel: 7, strides: 2, useBias: false)
    x = g.batchNormalization(x, "conv1_bn", epsilon: epsilon)
    x = g.activation(x, "conv1_relu", .relu)
    x = g.zeroPadding2D(x, g.numbered("zero_padding2d"), Margins(1))
    x = g.maxPooling2D(x, "pool1", pool: 3, strides: 2)

    for (stage, depth) in zip(2..., depths) {
      if stage > 2 { x = g.transitionBlock(x, "pool\(stage - 1)") }
      x = g.denseBlock(x, depth, "conv\(stage)")
      g.endStage(x)
    }
    x = g.batchNormalization(x, "bn", epsilon: epsilon)
    x = g.activation(x, "relu", .relu)

    if variant.includeTop {
      x = g.globalAveragePooling2D(x, "avg_pool")
      x = g.dense(x, "predictions", variant.classes, activation: variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "avg_pool", max: "max_pool")
    }
    return try g.build(output: x)
  }

  /// tf-keras and the published files: `conv1/conv`; the first of them end in `fc1000`.
  func mapping(of variant: Variant) -> WeightMapping {
    WeightMapping(aliases: [
      "conv1_conv": ["conv1/conv"], "conv1_bn": ["conv1/bn"], "predictions": ["fc1000"],
    ])
  }

  private func base(
    _ name: String, parameters: Int, withoutTop: Int, top1: Double, top5: Double, md5: String,
    md5WithoutTop: String
  ) -> Base {
    let url =
      "https://storage.googleapis.com/tensorflow/keras-applications/densenet/"
      + "\(name)_weights_tf_dim_ordering_tf_kernels"
    return Base(
      name: name, family: family, inputSize: 224, minimumInputSize: 32, preprocessing: .torch,
      parameters: parameters, parametersWithoutTop: withoutTop, top1: top1, top5: top5,
      published: [
        PublishedWeights(includeTop: true, url: url + ".h5", md5: md5),
        PublishedWeights(includeTop: false, url: url + "_notop.h5", md5: md5WithoutTop),
      ], labels: "imagenet", license: "BSD-3-Clause (Zhuang Liu)")
  }
}

extension GraphBuilder {
  /// `dense_block`: each block adds its 32 channels to all that came before.
  fileprivate func denseBlock(_ input: Tap, _ blocks: Int, _ name: String) -> Tap {
    var x = input
    for block in 1...blocks { x = convBlock(x, 32, "\(name)_block\(block)") }
    return x
  }

  /// `conv_block`.
  private func convBlock(_ input: Tap, _ growthRate: Int, _ name: String) -> Tap {
    var x = batchNormalization(input, "\(name)_0_bn", epsilon: epsilon)
    x = activation(x, "\(name)_0_relu", .relu)
    x = conv2D(x, "\(name)_1_conv", 4 * growthRate, kernel: 1, useBias: false)

    x = batchNormalization(x, "\(name)_1_bn", epsilon: epsilon)
    x = activation(x, "\(name)_1_relu", .relu)
    x = conv2D(x, "\(name)_2_conv", growthRate, kernel: 3, padding: .same, useBias: false)
    return concatenate("\(name)_concat", input, x)
  }

  /// `transition_block`: half the channels, half the size.
  fileprivate func transitionBlock(_ input: Tap, _ name: String) -> Tap {
    var x = batchNormalization(input, "\(name)_bn", epsilon: epsilon)
    x = activation(x, "\(name)_relu", .relu)
    x = conv2D(x, "\(name)_conv", x.shape.channels / 2, kernel: 1, useBias: false)
    return averagePooling2D(x, "\(name)_pool", pool: 2, strides: 2)
  }
}

private let epsilon = 1.001e-5
