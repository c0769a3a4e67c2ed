import ZooGraph

extension ConfigNode {
  static let normalizationReaders: [String: LayerReader] = [
    "BatchNormalization": batchNormalization, "SyncBatchNormalization": batchNormalization,
    "LayerNormalization": layerNormalization, "RMSNormalization": rmsNormalization,
    "GroupNormalization": groupNormalization, "UnitNormalization": unitNormalization,
    "Normalization": normalization, "Rescaling": rescaling, "LayerScale": layerScale,
  ]

  private static func batchNormalization(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expect("renorm", false)
    for ofRenorm in ["renorm_momentum", "renorm_clipping"] { _ = config.value(ofRenorm) }
    try config.expect("virtual_batch_size")
    try config.expect("adjustment")
    // Keras 1: 0 is over the channels with moving statistics.
    try config.expect("mode", 0)
    return .layer(
      BatchNormalization(
        epsilon: try config.double("epsilon", 1e-3), momentum: try config.double("momentum", 0.99),
        center: try config.bool("center", true), scale: try config.bool("scale", true),
        axis: try config.channelAxis(rank: context.rank)))
  }

  private static func layerNormalization(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    let axes = try config.axes("axis", [-1], rank: context.rank)
    guard axes == axes.sorted() else { throw config.unknown("its axes are not in order") }
    return .layer(
      LayerNormalization(
        axis: axes == [context.rank - 1] ? nil : axes, epsilon: try config.double("epsilon", 1e-3),
        center: try config.bool("center", true), scale: try config.bool("scale", true),
        rmsScaling: try config.bool("rms_scaling", false)))
  }

  private static func rmsNormalization(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    let axes = try config.axes("axis", [-1], rank: context.rank)
    return .layer(
      RMSNormalization(
        axis: axes == [context.rank - 1] ? nil : axes, epsilon: try config.double("epsilon", 1e-6)))
  }

  private static func groupNormalization(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    .layer(
      GroupNormalization(
        groups: try config.int("groups", 32), axis: try config.channelAxis(rank: context.rank),
        epsilon: try config.double("epsilon", 1e-3), center: try config.bool("center", true),
        scale: try config.bool("scale", true)))
  }

  private static func unitNormalization(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    let axes = try config.axes("axis", [-1], rank: context.rank)
    return .layer(UnitNormalization(axis: axes == [context.rank - 1] ? nil : axes))
  }

  private static func normalization(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    let mean = try config.numbers("mean")
    let variance = try config.numbers("variance")
    let invert = try config.bool("invert", false)
    // No axis, or an empty list: one number for all.
    let axes = config.has("axis") ? try config.axes("axis", [-1], rank: context.rank) : []
    if mean != nil, axes != [context.rank - 1], mean?.count != 1 || variance?.count != 1 {
      throw config.unknown("its numbers are supported for each channel only, or one for all")
    }
    let isOfChannels = axes == [context.rank - 1]
    return .layer(
      Normalization(mean: mean, variance: variance, invert: invert, axis: isOfChannels ? nil : axes.sorted()))
  }

  private static func rescaling(
    _ config: inout LayerConfig, _: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    guard let scale = try config.numbers("scale") else { throw config.unknown("it lacks 'scale'") }
    return .layer(Rescaling(scale: scale, offset: try config.numbers("offset") ?? [0]))
  }

  private static func layerScale(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer)
    -> ConfigLayer
  {
    // How its weight begins, and how long it is, which the input tells.
    for key in ["init_values", "projection_dim"] { _ = config.value(key) }
    return .layer(LayerScale())
  }
}
