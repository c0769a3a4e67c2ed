import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: VGG()) })

/// VGG16 and VGG19 (Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
/// Recognition", 2014), as in `keras/src/applications/vgg16.py` and `vgg19.py`.
struct VGG: ArchitecturePlugin {
  let family = "VGG"

  var bases: [Base] {
    [
      base(
        "vgg16", parameters: 138_357_544, withoutTop: 14_714_688, top1: 71.268, top5: 90.050,
        md5: "64373286793e3c8b2b4e3219cbf3544b", md5WithoutTop: "6d6bbae143d832006294945121d1f1fc"),
      base(
        "vgg19", parameters: 143_667_240, withoutTop: 20_024_384, top1: 71.256, top5: 89.988,
        md5: "cbe5617147190e668d6c5d5026f83318", md5WithoutTop: "253f8cb515780f3b799900260a226db6"),
    ]
  }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    let depths = variant.base == "vgg16" ? [2, 2, 3, 3, 3] : [2, 2, 4, 4, 4]
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    for (index, (depth, filters)) in zip(depths, [64, 128, 256, 512, 512]).enumerated() {
      let block = "block\(index + 1)"
      for layer in 1...depth {
        x = g.conv2D(x, "\(block)_conv\(layer)", filters, kernel: 3, padding: .same, activation: .relu)
      }
      x = g.maxPooling2D(x, "\(block)_pool", pool: 2, strides: 2)
      g.endStage(x)
    }
    if variant.includeTop {
      x = g.flatten(x, "flatten")
      x = g.dense(x, "fc1", 4096, activation: .relu)
      x = g.dense(x, "fc2", 4096, activation: .relu)
      x = g.dense(x, "predictions", variant.classes, activation: variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "global_average_pooling2d", max: "global_max_pooling2d")
    }
    return try g.build(output: x)
  }

  private func base(
    _ name: String, parameters: Int, withoutTop: Int, top1: Double, top5: Double, md5: String,
    md5WithoutTop: String
  ) -> Base {
    let url =
      "https://storage.googleapis.com/tensorflow/keras-applications/\(name)/"
      + "\(name)_weights_tf_dim_ordering_tf_kernels"
    return Base(
      name: name, family: family, inputSize: 224, minimumInputSize: 32, preprocessing: .caffe,
      parameters: parameters, parametersWithoutTop: withoutTop, top1: top1, top5: top5,
      published: [
        PublishedWeights(includeTop: true, url: url + ".h5", md5: md5),
        PublishedWeights(includeTop: false, url: url + "_notop.h5", md5: md5WithoutTop),
      ], labels: "imagenet", license: "CC BY 4.0 (Visual Geometry Group, Oxford)")
  }
}
