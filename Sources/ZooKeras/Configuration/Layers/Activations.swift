import ZooGraph

extension ConfigNode {
  static let activationReaders = activationLayers.mapValues(reader).merging(
    ["PReLU": parametric, "Softmax": softmax], uniquingKeysWith: { first, _ in first })

  private static func reader(_ read: @escaping ActivationReader) -> LayerReader {
    { (config, _) throws(UnknownLayer) in .layer(Activation(try read(&config))) }
  }

  /// Reads the parameters of a layer that is a function of each value.
  typealias ActivationReader = @Sendable (inout LayerConfig) throws(UnknownLayer) -> ActivationFunction

  /// Layers that are a function of each value.
  static let activationLayers: [String: ActivationReader] = [
    "Activation": activation, "ReLU": rectifier, "LeakyReLU": leaky, "ELU": exponentialLinear,
    "ThresholdedReLU": thresholded,
  ]

  private static func activation(_ config: inout LayerConfig) throws(UnknownLayer) -> ActivationFunction {
    try config.activation()
  }

  private static func leaky(_ config: inout LayerConfig) throws(UnknownLayer) -> ActivationFunction {
    .leakyReLU(negativeSlope: try config.double("negative_slope", 0.3))
  }

  private static func exponentialLinear(_ config: inout LayerConfig) throws(UnknownLayer)
    -> ActivationFunction
  {
    .elu(alpha: try config.double("alpha", 1))
  }

  private static func thresholded(_ config: inout LayerConfig) throws(UnknownLayer) -> ActivationFunction {
    .threshold(try config.double("theta", 1), value: 0)
  }

  private static func rectifier(_ config: inout LayerConfig) throws(UnknownLayer) -> ActivationFunction {
    let maximum = try config.optionalDouble("max_value")
    let slope = try config.optionalDouble("negative_slope") ?? 0
    let threshold = try config.optionalDouble("threshold") ?? 0
    return .keras(maximum: maximum, negativeSlope: slope, threshold: threshold)
  }

  private static func parametric(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    .layer(PReLU(sharedAxes: try config.axes("shared_axes", [], rank: context.rank)))
  }

  private static func softmax(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    let axes = try config.axes("axis", [-1], rank: context.rank)
    return .layer(axes == [context.rank - 1] ? Activation(.softmax) : Softmax(axis: axes))
  }
}

extension ActivationFunction {
  /// Keras' rectifier, as the simplest function that is the same.
  static func keras(maximum: Double?, negativeSlope: Double, threshold: Double) -> ActivationFunction {
    switch (maximum, negativeSlope, threshold) {
    case (nil, 0, 0): .relu
    case (6, 0, 0): .relu6
    case (nil, let slope, 0): .leakyReLU(negativeSlope: slope)
    default: .rectifier(maximum: maximum, negativeSlope: negativeSlope, threshold: threshold)
    }
  }
}
