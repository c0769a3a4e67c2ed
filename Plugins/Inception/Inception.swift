import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: Inception()) })

/// InceptionV3 and InceptionResNetV2, each in a file of its own.
struct Inception: ArchitecturePlugin {
  let family = "Inception"

  var bases: [Base] {
    [
      base(
        "inceptionv3", "inception_v3", parameters: 23_851_784, withoutTop: 21_802_784, top1: 77.898,
        top5: 93.720,
        md5: "9a0d58056eeedaa3f26cb7ebd46da564", md5WithoutTop: "bcbd6486424b2319ff4ef7d526e38f63"),
      base(
        "inceptionresnetv2", "inception_resnet_v2", parameters: 55_873_736, withoutTop: 54_336_736,
        top1: 80.256, top5: 95.252,
        md5: "e693bd0210a403b3192acc6073ad2e96", md5WithoutTop: "d19885ff4a710c122648d3b5c3b684e4"),
    ]
  }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    switch variant.base {
    case "inceptionv3": x = g.inceptionV3(x)
    case "inceptionresnetv2": x = g.inceptionResNetV2(x)
    default: throw GraphError("the family has no base '\(variant.base)'")
    }
    if variant.includeTop {
      x = g.globalAveragePooling2D(x, "avg_pool")
      x = g.dense(x, "predictions", variant.classes, activation: variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "global_average_pooling2d", max: "global_max_pooling2d")
    }
    return try g.build(output: x)
  }

  private func base(
    _ name: String, _ fileName: String, parameters: Int, withoutTop: Int, top1: Double, top5: Double,
    md5: String, md5WithoutTop: String
  ) -> Base {
    let url =
      "https://storage.googleapis.com/tensorflow/keras-applications/\(fileName)/"
      + "\(fileName)_weights_tf_dim_ordering_tf_kernels"
    return Base(
      name: name, family: family, inputSize: 299, minimumInputSize: 75, preprocessing: .tf,
      parameters: parameters, parametersWithoutTop: withoutTop, top1: top1, top5: top5,
      published: [
        PublishedWeights(includeTop: true, url: url + ".h5", md5: md5),
        PublishedWeights(includeTop: false, url: url + "_notop.h5", md5: md5WithoutTop),
      ], labels: "imagenet", license: "Apache-2.0 (TensorFlow)")
  }
}

extension GraphBuilder {
  /// `conv2d_bn`: a convolution without bias, a normalisation without gamma, ReLU. Keras leaves most of them
  /// unnamed, so that their names are numbers.
  func convBN(
    _ x: Tap, _ filters: Int, _ rows: Int, _ columns: Int, strides: Int = 1, padding: Padding = .same
  ) -> Tap {
    var y = conv2D(
      x, numbered("conv2d"), filters, kernelSize: Size2D(rows, columns), strides: strides, padding: padding,
      useBias: false)
    y = batchNormalization(y, numbered("batch_normalization"), scale: false)
    return activation(y, numbered("activation"), .relu)
  }

  /// The same with several convolutions one after another.
  func convBN(_ x: Tap, _ layers: (filters: Int, rows: Int, columns: Int)...) -> Tap {
    layers.reduce(x) { convBN($0, $1.filters, $1.rows, $1.columns) }
  }

  /// What both networks begin with, down to an eighth of the size.
  func inceptionStem(_ input: Tap) -> Tap {
    var x = convBN(input, 32, 3, 3, strides: 2, padding: .valid)
    x = convBN(x, 32, 3, 3, padding: .valid)
    x = convBN(x, 64, 3, 3)
    x = maxPooling2D(x, numbered("max_pooling2d"), pool: 3, strides: 2)
    x = convBN(x, 80, 1, 1, padding: .valid)
    x = convBN(x, 192, 3, 3, padding: .valid)
    return maxPooling2D(x, numbered("max_pooling2d"), pool: 3, strides: 2)
  }

  /// A branch: the mean of 3×3 pixels, then a convolution.
  func averagedBranch(_ x: Tap, _ filters: Int) -> Tap {
    let mean = averagePooling2D(x, numbered("average_pooling2d"), pool: 3, strides: 1, padding: .same)
    return convBN(mean, filters, 1, 1)
  }
}
