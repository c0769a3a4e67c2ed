import ZooGraph

extension ConfigNode {
  static let attentionReaders: [String: LayerReader] = ["MultiHeadAttention": multiHeadAttention]

  private static func multiHeadAttention(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    // Of training only; which shapes there are the inputs tell.
    for key in ["dropout", "query_shape", "key_shape", "value_shape", "flash_attention"] {
      _ = config.value(key)
    }
    try config.expect("use_gate", false)
    try config.expect("sliding_window")
    try config.expect("softmax_robust_masking", false)
    let rank = context.rank
    let axes = try config.axes("attention_axes", Array(1..<max(rank, 2)), rank: rank).sorted()
    guard axes == Array(0..<max(rank - 1, 0)) else {
      throw config.unknown("attention over some of the positions' axes is not supported")
    }
    let output = config.has("output_shape") ? try config.wholeNumbers("output_shape") : []
    guard output.count <= 1 else {
      throw config.unknown("an 'output_shape' of several axes is not supported")
    }
    let keyDim = try config.int("key_dim")
    return .layer(
      MultiHeadAttention(
        numHeads: try config.int("num_heads"), keyDim: keyDim, valueDim: try config.int("value_dim", keyDim),
        useBias: try config.bool("use_bias", true), outputDim: output.first))
  }
}
