import ZooGraph

/// What a layer of a configuration is here.
enum ConfigLayer: Equatable {
  case layer(Layer)
  /// Does nothing when predicting: augmentation, noise.
  case identity
}

/// A layer of a configuration that is not known here, or has a parameter that is not.
struct UnknownLayer: Error, Equatable {
  var reason: String
}

extension ConfigNode {
  func unknown(_ reason: String) -> UnknownLayer {
    UnknownLayer(reason: "layer '\(name)' (\(className)): \(reason)")
  }

  /// The layer that it is, from Keras' class and parameters. Every parameter is honoured or refused.
  ///
  /// - Parameters:
  ///   - inputs: the shapes of what it takes, for parameters that count from the last axis.
  ///   - inputSize: of the pictures, where the configuration leaves it open, or another one is asked for.
  func layer(inputs: [Shape], inputSize: Size2D?) throws(UnknownLayer) -> ConfigLayer {
    if let function { return .layer(try operation(function)) }
    guard let read = Self.readers[className] else { throw unknown("zoo has no such layer") }
    var config = LayerConfig(self)
    try config.expectFloat32()
    let layer = try read(&config, Context(node: self, inputs: inputs, inputSize: inputSize))
    try config.finish()
    return layer
  }

  /// What a layer's meaning depends on beside its parameters.
  struct Context {
    var node: ConfigNode
    var inputs: [Shape]
    var inputSize: Size2D?
  }

  private typealias Reader = @Sendable (inout LayerConfig, Context) throws(UnknownLayer) -> ConfigLayer

  private static let readers: [String: Reader] = [
    "InputLayer": input, "Conv2D": conv2D, "DepthwiseConv2D": depthwiseConv2D,
    "SeparableConv2D": separableConv2D, "Dense": dense,
    "BatchNormalization": batchNormalization, "Activation": activation, "ReLU": rectifier,
    "Softmax": softmax, "ZeroPadding2D": zeroPadding, "MaxPooling2D": maxPooling,
    "AveragePooling2D": averagePooling, "GlobalAveragePooling2D": globalAveragePooling,
    "GlobalMaxPooling2D": globalMaxPooling, "Flatten": flatten, "Reshape": reshape, "Dropout": dropout,
    "Add": add, "Multiply": multiply, "Concatenate": concatenate, "Rescaling": rescaling,
  ].merging(augmentations.map { ($0, identity) }) { known, _ in known }

  /// Layers that change pictures and values while training only. What they do then changes nothing here.
  private static let augmentations = [
    "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomErasing",
    "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomRotation",
    "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom",
    "ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout2D",
  ]

  private static func identity(_ config: inout LayerConfig, _: Context) throws(UnknownLayer) -> ConfigLayer {
    config.readAll()
    return .identity
  }

  // MARK: Layers

  private static func input(
    _ config: inout LayerConfig, _ context: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    let node = context.node
    let listed =
      (node.config["batch_shape"] ?? node.config["batch_input_shape"])?.array
      ?? node.config["shape"]?.array.map { [.null] + $0 }
    guard let listed, listed.count >= 2 else { throw node.unknown("it does not tell its shape") }
    config.readAll()
    var dimensions = listed.dropFirst().map { $0.number.flatMap { Int(exactly: $0) } }
    if dimensions.count == 3, let size = context.inputSize {
      (dimensions[0], dimensions[1]) = (size.height, size.width)
    }
    let known = dimensions.compactMap { $0 }
    guard known.count == dimensions.count else {
      throw node.unknown(
        dimensions.count == 3 && dimensions[2] != nil
          ? "it leaves the pictures' size open: give it with --input-size"
          : "it leaves a dimension open that no option can give")
    }
    return .layer(.input(InputLayer(shape: Shape(known))))
  }

  private static func conv2D(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    return .layer(
      .conv2D(
        Conv2D(
          filters: try config.int("filters"), kernelSize: try config.size("kernel_size"),
          strides: try config.size("strides", Size2D(1)), padding: try config.padding(),
          dilationRate: try config.size("dilation_rate", Size2D(1)), groups: try config.int("groups", 1),
          activation: try config.activation(), useBias: try config.bool("use_bias", true))))
  }

  private static func depthwiseConv2D(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    // Written by tf-keras, where the class inherits it.
    try config.expect("groups", 1)
    try config.expect("filters")
    return .layer(
      .depthwiseConv2D(
        DepthwiseConv2D(
          kernelSize: try config.size("kernel_size"), strides: try config.size("strides", Size2D(1)),
          padding: try config.padding(), dilationRate: try config.size("dilation_rate", Size2D(1)),
          depthMultiplier: try config.int("depth_multiplier", 1), activation: try config.activation(),
          useBias: try config.bool("use_bias", true))))
  }

  private static func separableConv2D(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    try config.expect("groups", 1)
    return .layer(
      .separableConv2D(
        SeparableConv2D(
          filters: try config.int("filters"), kernelSize: try config.size("kernel_size"),
          strides: try config.size("strides", Size2D(1)), padding: try config.padding(),
          dilationRate: try config.size("dilation_rate", Size2D(1)),
          depthMultiplier: try config.int("depth_multiplier", 1), activation: try config.activation(),
          useBias: try config.bool("use_bias", true))))
  }

  private static func dense(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expect("lora_rank")
    try config.expect("quantization_config")
    return .layer(
      .dense(
        Dense(
          units: try config.int("units"), activation: try config.activation(),
          useBias: try config.bool("use_bias", true))))
  }

  private static func batchNormalization(
    _ config: inout LayerConfig, _ context: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectLastAxis(context)
    try config.expect("renorm", false)
    for ofRenorm in ["renorm_momentum", "renorm_clipping"] { _ = config.value(ofRenorm) }
    try config.expect("virtual_batch_size")
    try config.expect("adjustment")
    // Keras 1: 0 is over the channels with moving statistics.
    try config.expect("mode", 0)
    return .layer(
      .batchNormalization(
        BatchNormalization(
          epsilon: try config.double("epsilon", 1e-3), momentum: try config.double("momentum", 0.99),
          center: try config.bool("center", true), scale: try config.bool("scale", true))))
  }

  private static func activation(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    .layer(.activation(Activation(try config.activation())))
  }

  private static func rectifier(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    let largest = try config.optionalDouble("max_value")
    let (slope, threshold) = (try config.double("negative_slope", 0), try config.double("threshold", 0))
    guard slope == 0, threshold == 0, largest == nil || largest == 6 else {
      throw config.unknown("only ReLU and ReLU6 are supported")
    }
    return .layer(.activation(Activation(largest == nil ? .relu : .relu6)))
  }

  private static func softmax(
    _ config: inout LayerConfig, _ context: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectLastAxis(context)
    return .layer(.activation(Activation(.softmax)))
  }

  private static func zeroPadding(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    return .layer(.zeroPadding2D(ZeroPadding2D(padding: try config.margins("padding"))))
  }

  private static func maxPooling(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    let size = try config.size("pool_size", Size2D(2))
    return .layer(
      .maxPooling2D(
        MaxPooling2D(poolSize: size, strides: try config.size("strides", size), padding: try config.padding())
      ))
  }

  private static func averagePooling(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    let size = try config.size("pool_size", Size2D(2))
    return .layer(
      .averagePooling2D(
        AveragePooling2D(
          poolSize: size, strides: try config.size("strides", size), padding: try config.padding())))
  }

  private static func globalAveragePooling(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    let keepdims = try config.bool("keepdims", false)
    return .layer(.globalAveragePooling2D(GlobalAveragePooling2D(keepdims: keepdims)))
  }

  private static func globalMaxPooling(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    return .layer(.globalMaxPooling2D(GlobalMaxPooling2D(keepdims: try config.bool("keepdims", false))))
  }

  private static func flatten(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    return .layer(.flatten(Flatten()))
  }

  private static func reshape(
    _ config: inout LayerConfig, _ context: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    var shape = try config.wholeNumbers("target_shape")
    // −1: whatever is left.
    if let open = shape.firstIndex(of: -1), let input = context.inputs.first?.elementCount {
      let others = shape.enumerated().filter { $0.offset != open }.map(\.element)
      guard let known = elementCountOf(others), known > 0, input.isMultiple(of: known) else {
        throw config.unknown("'target_shape' \(shape) does not divide its \(input) values")
      }
      shape[open] = input / known
    }
    return .layer(.reshape(Reshape(targetShape: Shape(shape))))
  }

  private static func dropout(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    // Keras 1 calls the rate `p`.
    let old = try config.optionalDouble("p")
    guard config.value("noise_shape") == nil else {
      // Training would drop other values; predicting drops none.
      _ = try config.optionalDouble("rate")
      return .identity
    }
    let rate = try config.double("rate", old)
    return .layer(.dropout(Dropout(rate: rate)))
  }

  private static func add(_ config: inout LayerConfig, _: Context) throws(UnknownLayer) -> ConfigLayer {
    .layer(.add(Add()))
  }

  private static func multiply(_ config: inout LayerConfig, _: Context) throws(UnknownLayer) -> ConfigLayer {
    .layer(.multiply(Multiply()))
  }

  private static func concatenate(
    _ config: inout LayerConfig, _ context: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectLastAxis(context)
    return .layer(.concatenate(Concatenate()))
  }

  private static func rescaling(
    _ config: inout LayerConfig, _: Context
  ) throws(UnknownLayer) -> ConfigLayer {
    .layer(
      .rescaling(Rescaling(scale: try config.double("scale"), offset: try config.double("offset", 0))))
  }

  // MARK: - Operations written as `x / 127.5 - 1`

  /// `add`, `subtract`, `multiply` or `divide`, where it is such an operation: a class of Keras 3's
  /// `keras.ops`, or Keras 2's `TFOpLambda`.
  private var function: String? {
    let name: Substring
    if className == "TFOpLambda" {
      name = config["function"]?.string?.split(separator: ".").last ?? ""
    } else if module?.hasPrefix("keras.src.ops") == true || inputs.count < operands.count {
      // The `.h5` of Keras 3 leaves the module out, but no layer is called with a number.
      name = className.lowercased()[...]
    } else {
      return nil
    }
    return ["true_divide": "divide", "truediv": "divide", "truedivide": "divide"][name] ?? String(name)
  }

  private func operation(_ function: String) throws(UnknownLayer) -> Layer {
    switch (function, operands.count, operands.first, operands.last) {
    case ("add", 2, .layer, .layer): return .add(Add())
    case ("multiply", 2, .layer, .layer): return .multiply(Multiply())
    case ("add", 2, .layer, .number(let n)), ("add", 2, .number(let n), .layer):
      return .rescaling(Rescaling(scale: 1, offset: n))
    case ("multiply", 2, .layer, .number(let n)), ("multiply", 2, .number(let n), .layer):
      return .rescaling(Rescaling(scale: n))
    case ("subtract", 2, .layer, .number(let n)): return .rescaling(Rescaling(scale: 1, offset: -n))
    case ("subtract", 2, .number(let n), .layer): return .rescaling(Rescaling(scale: -1, offset: n))
    case ("divide", 2, .layer, .number(let n)) where n != 0: return .rescaling(Rescaling(scale: 1 / n))
    case ("relu", 1, .layer, _): return .activation(Activation(.relu))
    case ("relu6", 1, .layer, _): return .activation(Activation(.relu6))
    default: throw unknown("zoo has no such operation")
    }
  }
}

extension LayerConfig {
  /// The axis counted from the batch on, which must be the channels'.
  fileprivate mutating func expectLastAxis(_ context: ConfigNode.Context) throws(UnknownLayer) {
    try expectChannelsLast()
    // Keras 1: of `Merge`.
    let value = value("axis") ?? value("concat_axis")
    guard let value else { return }
    let listed = value.array?.count == 1 ? value.array?[0] : value
    let last = context.inputs.first?.rank ?? 0
    guard let axis = listed?.number.flatMap({ Int(exactly: $0) }), axis == -1 || axis == last else {
      throw unknown("axis \((try? value.text()) ?? "?") is not supported: only the channels', \(last)")
    }
  }
}
