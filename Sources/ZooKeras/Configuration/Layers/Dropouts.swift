import ZooGraph

extension ConfigNode {
  static let dropoutReaders: [String: LayerReader] = [
    "Dropout": dropout, "SpatialDropout1D": spatialDropout, "SpatialDropout2D": spatialDropout,
    "StochasticDepth": stochasticDepth,
  ]

  private static func dropout(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    let shared = try config.sharedNoise(of: context.inputs.first)
    return .layer(Dropout(rate: try config.double("rate"), sharedAxes: shared))
  }

  /// Drops whole channels.
  private static func spatialDropout(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    try config.expect("noise_shape")
    return .layer(Dropout(rate: try config.double("rate"), sharedAxes: Array(0..<context.rank - 1)))
  }

  /// Drops whole pictures (ConvNeXt's own layer, `keras/src/applications/convnext.py`).
  private static func stochasticDepth(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    .layer(Dropout(rate: try config.double("drop_path_rate"), sharedAxes: Array(0..<context.rank)))
  }
}

extension LayerConfig {
  /// The axes along which `noise_shape` has 1, counted from a picture's first. It begins with the batch.
  fileprivate mutating func sharedNoise(of input: Shape?) throws(UnknownLayer) -> [Int] {
    guard let noise = value("noise_shape") else { return [] }
    let sizes = input?.dimensions ?? []
    guard let entries = noise.array, entries.count == sizes.count + 1, entries[0] == .null,
      zip(entries.dropFirst(), sizes).allSatisfy({ $0 == .null || $0 == 1 || $0.number == Double($1) })
    else {
      let text = (try? noise.text()) ?? "?"
      throw unknown("'noise_shape' must be null, and then null, 1 or the size for each axis, found \(text)")
    }
    return sizes.indices.filter { entries[$0 + 1] == 1 }
  }
}
