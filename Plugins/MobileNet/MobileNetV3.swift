import ZooGraph
import ZooPlugin

/// MobileNetV3 (Howard et al., "Searching for MobileNetV3", 2019), as in
/// `keras/src/applications/mobilenet_v3.py`.
///
/// Keras leaves the activations unnamed; they are numbered here as Keras numbers them in a fresh session. Its
/// hard sigmoid is three unnamed operations there and one layer here.
struct MobileNetV3: Generation {
  private struct Model {
    let name: String
    let isLarge: Bool
    let isMinimalistic: Bool
    let alpha: Double
    let parameters: Int
    let withoutTop: Int
    let top1: Double
    let top5: Double?
    let md5: String
    let md5WithoutTop: String
  }

  /// Accuracies are Keras' own where it publishes both, else from the table in `mobilenet_v3.py`.
  private static let models = [
    Model(
      name: "mobilenetv3small_1.0_224", isLarge: false, isMinimalistic: false, alpha: 1,
      parameters: 2_554_968, withoutTop: 939_120, top1: 68.076, top5: 87.800,
      md5: "8768d4c2e7dee89b9d02b2d03d65d862", md5WithoutTop: "d3e8ec802a04aa4fc771ee12a9a9b836"),
    Model(
      name: "mobilenetv3small_0.75_224", isLarge: false, isMinimalistic: false, alpha: 0.75,
      parameters: 2_051_552, withoutTop: 583_160, top1: 65.4, top5: nil,
      md5: "cb65d4e5be93758266aa0a7f2c6708b7", md5WithoutTop: "ebdb5cc8e0b497cd13a7c275d475c819"),
    Model(
      name: "mobilenetv3large_1.0_224", isLarge: true, isMinimalistic: false, alpha: 1,
      parameters: 5_507_432, withoutTop: 2_996_352, top1: 75.556, top5: 92.708,
      md5: "59e551e166be033d707958cf9e29a6a7", md5WithoutTop: "07fb09a5933dd0c8eaafa16978110389"),
    Model(
      name: "mobilenetv3large_0.75_224", isLarge: true, isMinimalistic: false, alpha: 0.75,
      parameters: 4_012_616, withoutTop: 1_808_736, top1: 73.3, top5: nil,
      md5: "765b44a33ad4005b3ac83185abf1d0eb", md5WithoutTop: "40af19a13ebea4e2ee0c676887f69a2e"),
    Model(
      name: "mobilenetv3small_minimalistic_1.0_224", isLarge: false, isMinimalistic: true, alpha: 1,
      parameters: 2_056_848, withoutTop: 441_000, top1: 61.9, top5: nil,
      md5: "99cd97fb2fcdad2bf028eb838de69e37", md5WithoutTop: "cde8136e733e811080d9fcd8a252f7e4"),
    Model(
      name: "mobilenetv3large_minimalistic_1.0_224", isLarge: true, isMinimalistic: true, alpha: 1,
      parameters: 3_948_688, withoutTop: 1_437_608, top1: 72.3, top5: nil,
      md5: "675e7b876c45c57e9e63e6d90a36599c", md5WithoutTop: "ec5221f64a2f6d1ef965a614bdae7973"),
  ]

  var bases: [Base] {
    Self.models.map { model in
      let kind = (model.isLarge ? "large" : "small") + (model.isMinimalistic ? "_minimalistic" : "")
      let url =
        "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v3/"
        + "weights_mobilenet_v3_\(kind)_224_\(model.alpha)_float"
      return Base(
        name: model.name, family: "MobileNet", inputSize: 224, minimumInputSize: 32, preprocessing: .none,
        parameters: model.parameters, parametersWithoutTop: model.withoutTop, top1: model.top1,
        top5: model.top5,
        published: [
          PublishedWeights(includeTop: true, url: url + ".h5", md5: model.md5),
          PublishedWeights(includeTop: false, url: url + "_no_top_v2.h5", md5: model.md5WithoutTop),
        ], labels: "imagenet", license: "Apache-2.0 (TensorFlow)")
    }
  }

  /// A row of the paper's tables 1 and 2; `kernel: 5`, squeeze-and-excite and hard-swish fall away in the
  /// minimalistic models.
  private struct Block {
    let expansion: Double
    let filters: Double
    let kernel: Int
    let strides: Int
    let squeezes: Bool
    let hardSwish: Bool

    init(_ expansion: Double, _ filters: Double, _ kernel: Int, _ strides: Int, se: Bool, hs: Bool) {
      self.expansion = expansion
      self.filters = filters
      self.kernel = kernel
      self.strides = strides
      squeezes = se
      hardSwish = hs
    }
  }

  private static let small = [
    Block(1, 16, 3, 2, se: true, hs: false), Block(72.0 / 16, 24, 3, 2, se: false, hs: false),
    Block(88.0 / 24, 24, 3, 1, se: false, hs: false), Block(4, 40, 5, 2, se: true, hs: true),
    Block(6, 40, 5, 1, se: true, hs: true), Block(6, 40, 5, 1, se: true, hs: true),
    Block(3, 48, 5, 1, se: true, hs: true), Block(3, 48, 5, 1, se: true, hs: true),
    Block(6, 96, 5, 2, se: true, hs: true), Block(6, 96, 5, 1, se: true, hs: true),
    Block(6, 96, 5, 1, se: true, hs: true),
  ]

  private static let large = [
    Block(1, 16, 3, 1, se: false, hs: false), Block(4, 24, 3, 2, se: false, hs: false),
    Block(3, 24, 3, 1, se: false, hs: false), Block(3, 40, 5, 2, se: true, hs: false),
    Block(3, 40, 5, 1, se: true, hs: false), Block(3, 40, 5, 1, se: true, hs: false),
    Block(6, 80, 3, 2, se: false, hs: true), Block(2.5, 80, 3, 1, se: false, hs: true),
    Block(2.3, 80, 3, 1, se: false, hs: true), Block(2.3, 80, 3, 1, se: false, hs: true),
    Block(6, 112, 3, 1, se: true, hs: true), Block(6, 112, 3, 1, se: true, hs: true),
    Block(6, 160, 5, 2, se: true, hs: true), Block(6, 160, 5, 1, se: true, hs: true),
    Block(6, 160, 5, 1, se: true, hs: true),
  ]

  func graph(of variant: Variant) throws(GraphError) -> ModelGraph? {
    guard let model = Self.models.first(where: { $0.name == variant.base }) else { return nil }
    let g = NumberingBuilder(GraphBuilder(variant.base), isMinimalistic: model.isMinimalistic)
    let blocks = model.isLarge ? Self.large : Self.small
    var x = g.builder.input(variant.inputShape)
    x = g.builder.rescaling(x, "rescaling", scale: 1 / 127.5, offset: -1)
    x = g.convBN(x, "conv", 16, kernel: 3, strides: 2)
    x = g.activation(x, hardSwish: true)
    for (index, block) in blocks.enumerated() {
      if block.strides == 2 { g.builder.endStage(x) }
      x = invertedResidual(g, x, index, block, divisibleBy8(block.filters * model.alpha))
    }
    g.builder.endStage(x)
    x = g.convBN(x, "conv_1", divisibleBy8(Double(x.shape.channels) * 6), kernel: 1)
    x = g.activation(x, hardSwish: true)
    return try g.builder.build(
      output: variant.includeTop
        ? top(g, x, model.isLarge ? 1280 : 1024, variant)
        : g.builder.pooled(x, variant, avg: "avg_pool", max: "max_pool"))
  }

  /// tf-keras and the published files: `expanded_conv_1/expand/BatchNorm`, `Conv_1`, `Logits`.
  func mapping(of variant: Variant) -> WeightMapping? {
    guard let model = Self.models.first(where: { $0.name == variant.base }) else { return nil }
    var aliases = [
      "conv": ["Conv"], "conv_bn": ["Conv/BatchNorm"], "conv_1": ["Conv_1"],
      "conv_1_bn": ["Conv_1/BatchNorm"], "conv_2": ["Conv_2"], "logits": ["Logits"],
    ]
    for block in (model.isLarge ? Self.large : Self.small).indices {
      let name = block == 0 ? "expanded_conv" : "expanded_conv_\(block)"
      for part in ["expand", "depthwise", "project"] {
        aliases["\(name)_\(part)"] = ["\(name)/\(part)"]
        aliases["\(name)_\(part)_bn"] = ["\(name)/\(part)/BatchNorm"]
      }
      aliases["\(name)_squeeze_excite_conv"] = ["\(name)/squeeze_excite/Conv"]
      aliases["\(name)_squeeze_excite_conv_1"] = ["\(name)/squeeze_excite/Conv_1"]
    }
    return WeightMapping(aliases: aliases)
  }

  private func top(
    _ g: NumberingBuilder, _ input: GraphBuilder.Tap, _ filters: Int, _ variant: Variant
  ) -> GraphBuilder.Tap {
    var x = g.builder.globalAveragePooling2D(input, "global_average_pooling2d", keepdims: true)
    x = g.builder.conv2D(x, "conv_2", filters, kernel: 1, padding: .same)
    x = g.activation(x, hardSwish: true)
    x = g.builder.dropout(x, "dropout", rate: 0.2)
    x = g.builder.conv2D(x, "logits", variant.classes, kernel: 1, padding: .same)
    x = g.builder.flatten(x, "flatten")
    return g.builder.activation(x, "predictions", variant.classifierActivation)
  }

  /// `_inverted_res_block`.
  private func invertedResidual(
    _ g: NumberingBuilder, _ input: GraphBuilder.Tap, _ index: Int, _ block: Block, _ filters: Int
  ) -> GraphBuilder.Tap {
    let prefix = index == 0 ? "expanded_conv_" : "expanded_conv_\(index)_"
    let expanded = divisibleBy8(Double(input.shape.channels) * block.expansion)
    let kernel = g.isMinimalistic ? 3 : block.kernel
    var x = input
    if index > 0 {
      x = g.convBN(x, "\(prefix)expand", expanded, kernel: 1)
      x = g.activation(x, hardSwish: block.hardSwish)
    }
    if block.strides == 2 {
      x = g.builder.zeroPadding2D(x, "\(prefix)depthwise_pad", strideTwoPadding(x.shape, kernel: kernel))
    }
    x = g.builder.depthwiseConv2D(
      x, "\(prefix)depthwise", kernel: kernel, strides: block.strides,
      padding: block.strides == 1 ? .same : .valid, useBias: false)
    x = g.builder.batchNormalization(x, "\(prefix)depthwise_bn", momentum: 0.999)
    x = g.activation(x, hardSwish: block.hardSwish)
    if block.squeezes, !g.isMinimalistic {
      x = squeezeExcite(g, x, prefix, expanded)
    }
    x = g.convBN(x, "\(prefix)project", filters, kernel: 1)
    let isResidual = block.strides == 1 && input.shape.channels == filters
    return isResidual ? g.builder.add("\(prefix)add", input, x) : x
  }

  /// `_se_block` (Hu et al., "Squeeze-and-Excitation Networks", 2017).
  private func squeezeExcite(
    _ g: NumberingBuilder, _ input: GraphBuilder.Tap, _ prefix: String, _ filters: Int
  ) -> GraphBuilder.Tap {
    let name = "\(prefix)squeeze_excite"
    var x = g.builder.globalAveragePooling2D(input, "\(name)_avg_pool", keepdims: true)
    x = g.builder.conv2D(
      x, "\(name)_conv", divisibleBy8(Double(filters) * 0.25), kernel: 1, padding: .same)
    x = g.builder.activation(x, "\(name)_relu", .relu)
    x = g.builder.conv2D(x, "\(name)_conv_1", filters, kernel: 1, padding: .same)
    g.skipReLU()
    x = g.builder.activation(x, "\(name)_hard_sigmoid", .hardSigmoid)
    return g.builder.multiply("\(name)_mul", input, x)
  }
}

/// Numbers the layers that Keras' source leaves unnamed.
private final class NumberingBuilder {
  let builder: GraphBuilder
  let isMinimalistic: Bool
  private var relus = 0
  private var hardSwishes = 0

  init(_ builder: GraphBuilder, isMinimalistic: Bool) {
    self.builder = builder
    self.isMinimalistic = isMinimalistic
  }

  /// A convolution without bias, then its normalisation.
  func convBN(
    _ x: GraphBuilder.Tap, _ name: String, _ filters: Int, kernel: Int, strides: Int = 1
  ) -> GraphBuilder.Tap {
    let y = builder.conv2D(
      x, name, filters, kernel: kernel, strides: strides, padding: .same, useBias: false)
    return builder.batchNormalization(y, "\(name)_bn", momentum: 0.999)
  }

  /// `activation(x)`: hard-swish where the block has it and the model is not minimalistic, else ReLU.
  func activation(_ x: GraphBuilder.Tap, hardSwish: Bool) -> GraphBuilder.Tap {
    if hardSwish, !isMinimalistic {
      defer { hardSwishes += 1 }
      return builder.activation(x, Self.numbered("activation", hardSwishes), .hardSilu)
    }
    defer { relus += 1 }
    return builder.activation(x, Self.numbered("re_lu", relus), .relu)
  }

  /// Keras' hard sigmoid holds an unnamed ReLU.
  func skipReLU() {
    relus += 1
  }

  private static func numbered(_ name: String, _ index: Int) -> String {
    index == 0 ? name : "\(name)_\(index)"
  }
}
