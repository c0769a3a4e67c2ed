import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: ResNet()) })

/// ResNet (He et al., "Deep Residual Learning for Image Recognition", 2015) and ResNetV2 ("Identity Mappings
/// in Deep Residual Networks", 2016), as in `keras/src/applications/resnet.py` and `resnet_v2.py`.
struct ResNet: ArchitecturePlugin {
  let family = "ResNet"

  /// Blocks in each of the four stacks.
  private static let depths = [
    "resnet50": [3, 4, 6, 3], "resnet101": [3, 4, 23, 3], "resnet152": [3, 8, 36, 3],
  ]

  var bases: [Base] {
    [
      base(
        "resnet50", parameters: 25_636_712, withoutTop: 23_587_712, top1: 74.928, top5: 92.060,
        md5: "2cb95161c43110f7111970584f804107", md5WithoutTop: "4d473c1dd8becc155b73f8504c6f6626"),
      base(
        "resnet101", parameters: 44_707_176, withoutTop: 42_658_176, top1: 76.420, top5: 92.786,
        md5: "f1aeb4b969a6efcfb50fad2f0c20cfc5", md5WithoutTop: "88cf7a10940856eca736dc7b7e228a21"),
      base(
        "resnet152", parameters: 60_419_944, withoutTop: 58_370_944, top1: 76.604, top5: 93.118,
        md5: "100835be76be38e30d865e96f2aaae62", md5WithoutTop: "ee4c566cf9a93f14d82f913c2dc6dd0c"),
      base(
        "resnet50v2", parameters: 25_613_800, withoutTop: 23_564_800, top1: 75.960, top5: 93.034,
        md5: "3ef43a0b657b3be2300d5770ece849e0", md5WithoutTop: "fac2f116257151a9d068a22e544a4917"),
      base(
        "resnet101v2", parameters: 44_675_560, withoutTop: 42_626_560, top1: 77.234, top5: 93.816,
        md5: "6343647c601c52e1368623803854d971", md5WithoutTop: "c0ed64b8031c3730f411d2eb4eea35b5"),
      base(
        "resnet152v2", parameters: 60_380_648, withoutTop: 58_331_648, top1: 78.032, top5: 94.162,
        md5: "a49b44d1979771252814e80f8ec446f9", md5WithoutTop: "ed17cf2e0169df9d443503ef94b23b33"),
    ]
  }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    let isV2 = variant.base.hasSuffix("v2")
    let depths = Self.depths[isV2 ? String(variant.base.dropLast(2)) : variant.base] ?? []
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    x = g.zeroPadding2D(x, "conv1_pad", Margins(3))
    x = g.conv2D(x, "conv1_conv", 64, kernel: 7, strides: 2)
    if !isV2 {
      x = g.batchNormalization(x, "conv1_bn", epsilon: resNetEpsilon)
      x = g.activation(x, "conv1_relu", .relu)
    }
    x = g.zeroPadding2D(x, "pool1_pad", Margins(1))
    x = g.maxPooling2D(x, "pool1_pool", pool: 3, strides: 2)

    x = isV2 ? g.stacksV2(x, depths) : g.stacksV1(x, depths)

    if isV2 {
      x = g.batchNormalization(x, "post_bn", epsilon: resNetEpsilon)
      x = g.activation(x, "post_relu", .relu)
    }
    if variant.includeTop {
      x = g.globalAveragePooling2D(x, "avg_pool")
      x = g.dense(x, "predictions", variant.classes, activation: variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "avg_pool", max: "max_pool")
    }
    return try g.build(output: x)
  }

  /// The first published ResNet50 files carry Caffe's names: `res2a_branch2a`, `bn2a_branch2a`, `fc1000`.
  func mapping(of variant: Variant) -> WeightMapping {
    var aliases: [String: [String]] = ["predictions": ["fc1000", "probs"]]
    guard variant.base == "resnet50" else { return WeightMapping(aliases: aliases) }
    aliases["conv1_conv"] = ["conv1"]
    aliases["conv1_bn"] = ["bn_conv1"]
    let branches = ["0": "branch1", "1": "branch2a", "2": "branch2b", "3": "branch2c"]
    for (stack, depth) in zip(2..., [3, 4, 6, 3]) {
      for (block, letter) in zip(1...depth, "abcdef") {
        for (part, branch) in branches {
          aliases["conv\(stack)_block\(block)_\(part)_conv"] = ["res\(stack)\(letter)_\(branch)"]
          aliases["conv\(stack)_block\(block)_\(part)_bn"] = ["bn\(stack)\(letter)_\(branch)"]
        }
      }
    }
    return WeightMapping(aliases: aliases)
  }

  private func base(
    _ name: String, parameters: Int, withoutTop: Int, top1: Double, top5: Double, md5: String,
    md5WithoutTop: String
  ) -> Base {
    let url =
      "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
      + "\(name)_weights_tf_dim_ordering_tf_kernels"
    return Base(
      name: name, family: family, inputSize: 224, minimumInputSize: 32,
      preprocessing: name.hasSuffix("v2") ? .tf : .caffe,
      parameters: parameters, parametersWithoutTop: withoutTop, top1: top1, top5: top5,
      published: [
        PublishedWeights(includeTop: true, url: url + ".h5", md5: md5),
        PublishedWeights(includeTop: false, url: url + "_notop.h5", md5: md5WithoutTop),
      ], labels: "imagenet",
      license: name.hasSuffix("v2") ? "Apache-2.0 (TensorFlow)" : "MIT (Kaiming He)")
  }
}

let resNetEpsilon = 1.001e-5
