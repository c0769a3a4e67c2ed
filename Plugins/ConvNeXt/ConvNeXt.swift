import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: ConvNeXt()) })

/// ConvNeXt (Liu et al., "A ConvNet for the 2020s", 2022), as in `keras/src/applications/convnext.py` with
/// `include_preprocessing=True`.
///
/// The stem and the three layers' pairs between the stages are nested models in Keras; here they lie among the others.
struct ConvNeXt: ArchitecturePlugin {
  let family = "ConvNeXt"

  private struct Model {
    let name: String
    /// Blocks in each of the four stages.
    let depths: [Int]
    let filters: [Int]
    let parameters: Int
    let withoutTop: Int
    let top1: Double
    let sha256: String
    let sha256WithoutTop: String
  }

  /// Accuracies are those in Keras' documentation.
  private static let models = [
    Model(
      name: "convnext_tiny", depths: [3, 3, 9, 3], filters: [96, 192, 384, 768], parameters: 28_589_128,
      withoutTop: 27_820_128, top1: 81.3,
      sha256: "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
      sha256WithoutTop: "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1"),
    Model(
      name: "convnext_small", depths: [3, 3, 27, 3], filters: [96, 192, 384, 768], parameters: 50_223_688,
      withoutTop: 49_454_688, top1: 82.3,
      sha256: "ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c",
      sha256WithoutTop: "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab"),
    Model(
      name: "convnext_base", depths: [3, 3, 27, 3], filters: [128, 256, 512, 1024], parameters: 88_591_464,
      withoutTop: 87_566_464, top1: 85.3,
      sha256: "52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6",
      sha256WithoutTop: "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45"),
    Model(
      name: "convnext_large", depths: [3, 3, 27, 3], filters: [192, 384, 768, 1536],
      parameters: 197_767_336, withoutTop: 196_230_336, top1: 86.3,
      sha256: "070c5ed9ed289581e477741d3b34beffa920db8cf590899d6d2c67fba2a198a6",
      sha256WithoutTop: "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd"),
    Model(
      name: "convnext_xlarge", depths: [3, 3, 27, 3], filters: [256, 512, 1024, 2048],
      parameters: 350_196_968, withoutTop: 348_147_968, top1: 86.7,
      sha256: "c1f5ccab661354fc3a79a10fa99af82f0fbf10ec65cb894a3ae0815f17a889ee",
      sha256WithoutTop: "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05"),
  ]

  var bases: [Base] {
    Self.models.map { model in
      let url = "https://storage.googleapis.com/tensorflow/keras-applications/convnext/\(model.name)"
      return Base(
        name: model.name, family: family, inputSize: 224, minimumInputSize: 32, preprocessing: .none,
        parameters: model.parameters, parametersWithoutTop: model.withoutTop, top1: model.top1,
        published: [
          PublishedWeights(includeTop: true, url: url + ".h5", sha256: model.sha256),
          PublishedWeights(includeTop: false, url: url + "_notop.h5", sha256: model.sha256WithoutTop),
        ], labels: "imagenet", license: "MIT (Meta)")
    }
  }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    guard let model = Self.models.first(where: { $0.name == variant.base }) else {
      throw GraphError("the family has no base '\(variant.base)'")
    }
    let name = model.name
    let g = GraphBuilder(name)
    var x = g.input(variant.inputShape)
    x = g.normalization(
      x, "\(name)_prestem_normalization", mean: [0.485, 0.456, 0.406].map { $0 * 255 },
      variance: [0.229, 0.224, 0.225].map { ($0 * 255) * ($0 * 255) })
    for (stage, (depth, filters)) in zip(model.depths, model.filters).enumerated() {
      if stage == 0 {
        x = g.conv2D(x, "\(name)_stem_conv", filters, kernel: 4, strides: 4)
        x = g.layerNormalization(x, "\(name)_stem_layernorm", epsilon: epsilon)
      } else {
        x = g.layerNormalization(x, "\(name)_downsampling_layernorm_\(stage - 1)", epsilon: epsilon)
        x = g.conv2D(x, "\(name)_downsampling_conv_\(stage - 1)", filters, kernel: 2, strides: 2)
      }
      for block in 0..<depth { x = g.convNeXtBlock(x, "\(name)_stage_\(stage)_block_\(block)") }
      g.endStage(x)
    }
    if variant.includeTop {
      x = g.globalAveragePooling2D(x, "\(name)_head_gap")
      x = g.layerNormalization(x, "\(name)_head_layernorm", epsilon: epsilon)
      x = g.dense(x, "\(name)_head_dense", variant.classes, activation: variant.classifierActivation)
    } else {
      x = g.pooled(x, variant, avg: "global_average_pooling2d", max: "global_max_pooling2d")
      x = g.layerNormalization(x, g.numbered("layer_normalization"), epsilon: epsilon)
    }
    return try g.build(output: x)
  }

  /// tf-keras' `.weights.h5` tells no names; what is nested is found by its path.
  func mapping(of variant: Variant) -> WeightMapping {
    var aliases = [
      "\(variant.base)_stem_conv": ["/sequential/conv2d"],
      "\(variant.base)_stem_layernorm": ["/sequential/layer_normalization"],
    ]
    for pair in 0..<3 {
      aliases["\(variant.base)_downsampling_layernorm_\(pair)"] = [
        "/sequential_\(pair + 1)/layer_normalization"
      ]
      aliases["\(variant.base)_downsampling_conv_\(pair)"] = ["/sequential_\(pair + 1)/conv2d"]
    }
    return WeightMapping(aliases: aliases)
  }
}

extension GraphBuilder {
  /// `ConvNeXtBlock`. Without `drop_path_rate`, as all of Keras' networks are, an identity stands where training would
  /// drop the block.
  fileprivate func convNeXtBlock(_ input: Tap, _ name: String) -> Tap {
    let filters = input.shape.channels
    var x = conv2D(
      input, "\(name)_depthwise_conv", filters, kernelSize: Size2D(7), padding: .same, groups: filters)
    x = layerNormalization(x, "\(name)_layernorm", epsilon: epsilon)
    x = dense(x, "\(name)_pointwise_conv_1", 4 * filters)
    x = activation(x, "\(name)_gelu", .gelu(approximate: false))
    x = dense(x, "\(name)_pointwise_conv_2", filters)
    x = layerScale(x, "\(name)_layer_scale")
    x = activation(x, "\(name)_identity", .linear)
    return add(numbered("add"), input, x)
  }
}

private let epsilon = 1e-6
