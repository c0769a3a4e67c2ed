import ZooGraph
import ZooPlugin

@section("zoo_plugins") @used
let record: PluginRecord = (1, { respond(to: $0, as: EfficientNet()) })

/// EfficientNet and EfficientNetV2, each in a file of its own.
struct EfficientNet: ArchitecturePlugin {
  let family = "EfficientNet"

  var bases: [Base] {
    EfficientNetV1.models.map { model in
      base(
        model, "https://storage.googleapis.com/keras-applications/\(model.name)", differsUntrained: true)
    }
      + EfficientNetV2.models.map { model in
        let name = model.name.replacing("v2", with: "v2-")
        return base(
          model, "https://storage.googleapis.com/tensorflow/keras-applications/efficientnet_v2/\(name)")
      }
  }

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph {
    if let model = EfficientNetV1.models.first(where: { $0.name == variant.base }) {
      return try EfficientNetV1.graph(of: variant, model)
    }
    if let model = EfficientNetV2.models.first(where: { $0.name == variant.base }) {
      return try EfficientNetV2.graph(of: variant, model)
    }
    throw GraphError("the family has no base '\(variant.base)'")
  }

  private func base(_ model: Model, _ url: String, differsUntrained: Bool? = nil) -> Base {
    Base(
      name: model.name, family: family, inputSize: model.size, minimumInputSize: 32, preprocessing: .none,
      parameters: model.parameters, parametersWithoutTop: model.withoutTop, top1: model.top1,
      top5: model.top5,
      published: [
        PublishedWeights(includeTop: true, url: url + ".h5", md5: model.md5),
        PublishedWeights(includeTop: false, url: url + "_notop.h5", md5: model.md5WithoutTop),
      ], labels: "imagenet", license: "Apache-2.0 (TensorFlow)",
      differsUntrained: differsUntrained)
  }
}

/// One network of either generation: how its stages are scaled, and what is published.
struct Model {
  let name: String
  /// How many times the stages' filters it has.
  let width: Double
  /// How many times the stages' blocks it has.
  let depth: Double
  let size: Int
  let dropout: Double
  let parameters: Int
  let withoutTop: Int
  let top1: Double
  let top5: Double
  let md5: String
  let md5WithoutTop: String
}

extension GraphBuilder {
  /// Squeeze and excitation (Hu et al., "Squeeze-and-Excitation Networks", 2017): each channel times a factor
  /// made of all channels' means.
  func squeezeExcite(_ input: Tap, _ prefix: String, squeezed: Int) -> Tap {
    let filters = input.shape.channels
    var x = globalAveragePooling2D(input, "\(prefix)se_squeeze")
    x = reshape(x, "\(prefix)se_reshape", .map(1, 1, filters))
    x = conv2D(x, "\(prefix)se_reduce", squeezed, kernel: 1, padding: .same, activation: .silu)
    x = conv2D(x, "\(prefix)se_expand", filters, kernel: 1, padding: .same, activation: .sigmoid)
    return multiply("\(prefix)se_excite", input, x)
  }

  /// The block's input added to its output, which training drops now and then.
  func residual(_ x: Tap, _ input: Tap, _ prefix: String, dropRate: Double) -> Tap {
    let y = dropRate > 0 ? dropout(x, "\(prefix)drop", rate: dropRate, sharedAxes: [0, 1, 2]) : x
    return add("\(prefix)add", y, input)
  }

  /// What follows the last stage.
  func efficientNetEnd(
    _ input: Tap, _ variant: Variant, filters: Int, dropout rate: Double, momentum: Double
  ) -> Tap {
    var x = conv2D(input, "top_conv", filters, kernel: 1, padding: .same, useBias: false)
    x = batchNormalization(x, "top_bn", momentum: momentum)
    x = activation(x, "top_activation", .silu)
    guard variant.includeTop else { return pooled(x, variant, avg: "avg_pool", max: "max_pool") }
    x = globalAveragePooling2D(x, "avg_pool")
    x = dropout(x, "top_dropout", rate: rate)
    return dense(x, "predictions", variant.classes, activation: variant.classifierActivation)
  }
}

/// The names of a stage's blocks: `block2a_`, `block2b_`, …
func blockPrefix(stage: Int, block: Int) -> String {
  "block\(stage)\(Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(block))))_"
}
