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
  /// The layer that it is, from Keras' class and parameters.
  ///
  /// - Parameters:
  ///   - inputSize: of the pictures; the configuration may leave it open.
  ///   - isKeras2: Keras 2 has another hard sigmoid.
  func layer(inputSize: Size2D, isKeras2: Bool) throws(UnknownLayer) -> ConfigLayer {
    if Self.identities.contains(className) { return .identity }
    if let function { return .layer(try operation(function)) }
    try checkChannelsLast()
    switch className {
    case "InputLayer":
      guard let channels = inputChannels else { throw unknown("it does not take pictures") }
      return .layer(.input(InputLayer(shape: .map(inputSize.height, inputSize.width, channels))))
    case "ReLU": return .layer(.activation(Activation(try rectifier())))
    case "Softmax": return .layer(.activation(Activation(.softmax)))
    default: break
    }
    guard Layer.classNames.contains(className) else { throw unknown("zoo has no such layer") }
    var config = config
    if let name = config["activation"] { config["activation"] = .string(try activation(name, isKeras2)) }
    // What older versions did not write.
    config.merge(["groups": 1, "keepdims": false, "dilation_rate": [1, 1], "offset": 0]) { old, _ in old }
    do {
      return .layer(
        try JSONValue.object(["class_name": .string(className), "config": .object(config)]).decoded(
          Layer.self))
    } catch {
      throw unknown("its parameters are not known")
    }
  }

  private static let identities: Set<String> = [
    "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomErasing",
    "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomRotation",
    "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom",
    "ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout2D",
  ]

  /// Of an input layer for pictures.
  private var inputChannels: Int? {
    let shape = (config["batch_shape"] ?? config["batch_input_shape"])?.array
    return shape?.count == 4 ? shape?.last?.number.flatMap { Int(exactly: $0) } : nil
  }

  private func unknown(_ reason: String) -> UnknownLayer {
    UnknownLayer(reason: "layer '\(name)' (\(className)): \(reason)")
  }

  private func checkChannelsLast() throws(UnknownLayer) {
    if let format = config["data_format"]?.string, format != "channels_last" {
      throw unknown("only channels last are supported, found '\(format)'")
    }
    let axis = config["axis"]?.array?.first ?? config["axis"]
    // A map's channels are axis 3, a vector's 1; weights of another axis would not have the channels' shape.
    if let axis = axis?.number, ![-1, 1, 3].contains(axis) { throw unknown("axis \(axis) is not supported") }
  }

  private func rectifier() throws(UnknownLayer) -> ActivationFunction {
    let bends = ["negative_slope", "threshold"].contains { name in
      (config[name]?.array?.first ?? config[name])?.number ?? 0 != 0
    }
    switch config["max_value"]?.number {
    case nil where !bends: return .relu
    case 6 where !bends: return .relu6
    default: throw unknown("only ReLU and ReLU6 are supported")
    }
  }

  /// The function's name today.
  private func activation(_ value: JSONValue, _ isKeras2: Bool) throws(UnknownLayer) -> String {
    guard let name = value.string ?? value["config"]?.string else { return "linear" }
    if name == "hard_sigmoid", isKeras2 { throw unknown("Keras 2's hard_sigmoid is not supported") }
    let today = ["swish": "silu", "hard_swish": "hard_silu"][name] ?? name
    guard ActivationFunction(rawValue: today) != nil else {
      throw unknown("zoo has no activation '\(name)'")
    }
    return today
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
