import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: Xception()) })

/// Xception (Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", 2016), as in
/// `keras/src/applications/xception.py`.
struct Xception: ArchitecturePlugin {
  let family = "Xception"

  var bases: [Base] {
    let url =
      "https://storage.googleapis.com/tensorflow/keras-applications/xception/"
      + "xception_weights_tf_dim_ordering_tf_kernels"
    return [
      Base(
        name: "xception", family: family, inputSize: 299, minimumInputSize: 71, preprocessing: .tf,
        parameters: 22_910_480, parametersWithoutTop: 20_861_480, top1: 79.006, top5: 94.452,
        published: [
          PublishedWeights(includeTop: true, url: url + ".h5", md5: "0a58e3b7378bc2990ea3b43d5981f1f6"),
          PublishedWeights(
            includeTop: false, url: url + "_notop.h5", md5: "b0042744bf5b25fce3cb969f33bebb97"),
        ], labels: "imagenet", license: "MIT (François Chollet)")
    ]
  }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    for (layer, filters, strides) in [(1, 32, 2), (2, 64, 1)] {
      x = g.conv2D(x, "block1_conv\(layer)", filters, kernel: 3, strides: strides, useBias: false)
      x = g.batchNormalization(x, "block1_conv\(layer)_bn")
      x = g.activation(x, "block1_conv\(layer)_act", .relu)
    }
    g.endStage(x)
    x = g.halvingBlock(x, "block2", 128, 128, startsWithActivation: false)
    g.endStage(x)
    x = g.halvingBlock(x, "block3", 256, 256)
    g.endStage(x)
    x = g.halvingBlock(x, "block4", 728, 728)
    for block in 5...12 { x = g.middleBlock(x, "block\(block)") }
    g.endStage(x)
    x = g.halvingBlock(x, "block13", 728, 1024)
    for (layer, filters) in [(1, 1536), (2, 2048)] {
      x = g.separable(x, "block14_sepconv\(layer)", filters)
      x = g.activation(x, "block14_sepconv\(layer)_act", .relu)
    }
    g.endStage(x)
    if variant.includeTop {
      x = g.globalAveragePooling2D(x, "avg_pool")
      x = g.dense(x, "predictions", variant.classes, activation: variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "global_average_pooling2d", max: "global_max_pooling2d")
    }
    return try g.build(output: x)
  }
}

extension GraphBuilder {
  /// A separable convolution with its normalisation.
  fileprivate func separable(_ x: Tap, _ name: String, _ filters: Int) -> Tap {
    let y = separableConv2D(x, name, filters, kernel: 3, padding: .same, useBias: false)
    return batchNormalization(y, "\(name)_bn")
  }

  /// A block of the entry or exit flow. Keras leaves the shortcut's layers unnamed.
  fileprivate func halvingBlock(
    _ input: Tap, _ name: String, _ first: Int, _ second: Int, startsWithActivation: Bool = true
  ) -> Tap {
    var residual = conv2D(
      input, numbered("conv2d"), second, kernel: 1, strides: 2, padding: .same, useBias: false)
    residual = batchNormalization(residual, numbered("batch_normalization"))

    var x = startsWithActivation ? activation(input, "\(name)_sepconv1_act", .relu) : input
    x = separable(x, "\(name)_sepconv1", first)
    x = activation(x, "\(name)_sepconv2_act", .relu)
    x = separable(x, "\(name)_sepconv2", second)

    x = maxPooling2D(x, "\(name)_pool", pool: 3, strides: 2, padding: .same)
    return add(numbered("add"), x, residual)
  }

  /// A block of the middle flow.
  fileprivate func middleBlock(_ input: Tap, _ name: String) -> Tap {
    var x = input
    for layer in 1...3 {
      x = activation(x, "\(name)_sepconv\(layer)_act", .relu)
      x = separable(x, "\(name)_sepconv\(layer)", 728)
    }
    return add(numbered("add"), x, input)
  }
}
