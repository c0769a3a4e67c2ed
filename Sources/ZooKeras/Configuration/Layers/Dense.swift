import ZooGraph

extension ConfigNode {
  static let denseReaders: [String: LayerReader] = ["Dense": dense, "Embedding": embedding]

  private static func dense(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer) -> ConfigLayer
  {
    try config.expect("lora_rank")
    try config.expect("lora_alpha")
    try config.expect("quantization_config")
    return .layer(
      Dense(
        units: try config.int("units"), activation: try config.activation(),
        useBias: try config.bool("use_bias", true)))
  }

  private static func embedding(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer)
    -> ConfigLayer
  {
    try config.expect("mask_zero", false)
    for key in ["lora_rank", "lora_alpha", "quantization_config"] { try config.expect(key) }
    // How many numbers come in is known from them.
    _ = config.value("input_length")
    return .layer(
      Embedding(inputDim: try config.int("input_dim"), outputDim: try config.int("output_dim")))
  }
}
