import ZooGraph

extension ConfigNode {
  static let convolutionReaders: [String: LayerReader] = [
    "Conv2D": conv2D, "Convolution2D": conv2D, "AtrousConvolution2D": conv2D,
    "DepthwiseConv2D": depthwiseConv2D,
    "SeparableConv2D": separableConv2D, "SeparableConvolution2D": separableConv2D,
    "Conv2DTranspose": conv2DTranspose, "Convolution2DTranspose": conv2DTranspose,
  ]

  private static func conv2D(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer)
    -> ConfigLayer
  {
    try config.expectChannelsLast()
    return .layer(
      Conv2D(
        filters: try config.int("filters"), kernelSize: try config.kernelSize(),
        strides: try config.size("strides", Size2D(1)), padding: try config.padding(),
        dilationRate: try config.size("dilation_rate", Size2D(1)), groups: try config.int("groups", 1),
        activation: try config.activation(), useBias: try config.bool("use_bias", true)))
  }

  private static func depthwiseConv2D(
    _ config: inout LayerConfig, _: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    // Written by tf-keras, where the class inherits it.
    try config.expect("groups", 1)
    try config.expect("filters")
    return .layer(
      DepthwiseConv2D(
        kernelSize: try config.size("kernel_size"), strides: try config.size("strides", Size2D(1)),
        padding: try config.padding(), dilationRate: try config.size("dilation_rate", Size2D(1)),
        depthMultiplier: try config.int("depth_multiplier", 1), activation: try config.activation(),
        useBias: try config.bool("use_bias", true)))
  }

  private static func separableConv2D(
    _ config: inout LayerConfig, _: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    try config.expect("groups", 1)
    return .layer(
      SeparableConv2D(
        filters: try config.int("filters"), kernelSize: try config.kernelSize(),
        strides: try config.size("strides", Size2D(1)), padding: try config.padding(),
        dilationRate: try config.size("dilation_rate", Size2D(1)),
        depthMultiplier: try config.int("depth_multiplier", 1), activation: try config.activation(),
        useBias: try config.bool("use_bias", true)))
  }

  private static func conv2DTranspose(
    _ config: inout LayerConfig, _: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    try config.expect("groups", 1)
    let outputPadding = config.has("output_padding") ? try config.size("output_padding") : nil
    return .layer(
      Conv2DTranspose(
        filters: try config.int("filters"), kernelSize: try config.kernelSize(),
        strides: try config.size("strides", Size2D(1)), padding: try config.padding(),
        outputPadding: outputPadding,
        dilationRate: try config.size("dilation_rate", Size2D(1)), activation: try config.activation(),
        useBias: try config.bool("use_bias", true)))
  }
}

extension LayerConfig {
  /// Keras 1 wrote it as two numbers.
  fileprivate mutating func kernelSize() throws(UnknownLayer) -> Size2D {
    guard has("nb_row") else { return try size("kernel_size") }
    return Size2D(try int("nb_row"), try int("nb_col"))
  }
}
