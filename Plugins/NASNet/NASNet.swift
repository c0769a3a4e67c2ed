import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: NASNet()) })

/// NASNet-A (Zoph et al., "Learning Transferable Architectures for Scalable Image Recognition", 2017), as in
/// `keras/src/applications/nasnet.py`. Its cells are in a file of their own.
struct NASNet: ArchitecturePlugin {
  let family = "NASNet"

  /// A network in the paper's words: N blocks at P penultimate filters.
  private struct Model {
    let blocks: Int
    let penultimateFilters: Int
    let stemFilters: Int
    /// Whether the first cell behind a reduction takes, beside its output, what came before its input.
    let skipsReduction: Bool
  }

  private static let models = [
    "nasnetmobile": Model(blocks: 4, penultimateFilters: 1056, stemFilters: 32, skipsReduction: false),
    "nasnetlarge": Model(blocks: 6, penultimateFilters: 4032, stemFilters: 96, skipsReduction: true),
  ]

  var bases: [Base] {
    [
      base(
        "nasnetmobile", "NASNet-mobile", size: 224, parameters: 5_326_716, withoutTop: 4_269_716,
        top1: 74.366, top5: 91.854,
        md5: "020fb642bf7360b370c678b08e0adf61", md5WithoutTop: "1ed92395b5b598bdda52abe5c0dbfd63"),
      base(
        "nasnetlarge", "NASNet-large", size: 331, parameters: 88_949_818, withoutTop: 84_916_818,
        top1: 82.498, top5: 96.004,
        md5: "11577c9a518f0070763c2b964a382f17", md5WithoutTop: "d81d89dc07e6e56530c4e77faddd61b5"),
    ]
  }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    guard let model = Self.models[variant.base] else {
      throw GraphError("the family has no base '\(variant.base)'")
    }
    let filters = model.penultimateFilters / 24
    let g = GraphBuilder(variant.base)
    var x = g.input(variant.inputShape)
    x = g.conv2D(x, "stem_conv1", model.stemFilters, kernel: 3, strides: 2, useBias: false)
    x = g.batchNormalization(x, "stem_bn1", momentum: nasNetMomentum)

    var before: GraphBuilder.Tap?
    (x, before) = g.reductionCell(x, before, filters / 4, "stem_1")
    (x, before) = g.reductionCell(x, before, filters / 2, "stem_2")
    for stage in 0..<3 {
      let filters = filters << stage
      if stage > 0 {
        let taken: GraphBuilder.Tap?
        (x, taken) = g.reductionCell(x, before, filters, "reduce_\(stage * model.blocks)")
        if !model.skipsReduction { before = taken }
      }
      let first = stage == 0 ? 0 : stage * model.blocks + 1
      for block in first..<first + model.blocks { (x, before) = g.normalCell(x, before, filters, "\(block)") }
      g.endStage(x)
    }
    x = g.activation(x, g.numbered("activation"), .relu)

    if variant.includeTop {
      x = g.globalAveragePooling2D(x, "global_average_pooling2d")
      x = g.dense(x, "predictions", variant.classes, activation: variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "global_average_pooling2d", max: "global_max_pooling2d")
    }
    return try g.build(output: x)
  }

  private func base(
    _ name: String, _ fileName: String, size: Int, parameters: Int, withoutTop: Int, top1: Double,
    top5: Double, md5: String, md5WithoutTop: String
  ) -> Base {
    let url = "https://storage.googleapis.com/tensorflow/keras-applications/nasnet/\(fileName)"
    return Base(
      name: name, family: family, inputSize: size, minimumInputSize: 32, preprocessing: .tf,
      parameters: parameters, parametersWithoutTop: withoutTop, top1: top1, top5: top5,
      published: [
        PublishedWeights(includeTop: true, url: url + ".h5", md5: md5),
        PublishedWeights(includeTop: false, url: url + "-no-top.h5", md5: md5WithoutTop),
      ], labels: "imagenet", license: "Apache-2.0 (TensorFlow)")
  }
}

let nasNetMomentum = 0.9997
