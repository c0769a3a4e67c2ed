import ZooGraph

extension ConfigNode {
  static let windowReaders: [String: LayerReader] = [
    "MaxPooling2D": maxPooling, "MaxPool2D": maxPooling, "AveragePooling2D": averagePooling,
    "AvgPool2D": averagePooling, "GlobalAveragePooling2D": globalAveragePooling,
    "GlobalAvgPool2D": globalAveragePooling, "GlobalMaxPooling2D": globalMaxPooling,
    "GlobalMaxPool2D": globalMaxPooling, "GlobalAveragePooling1D": globalPooling1D(.mean),
    "GlobalMaxPooling1D": globalPooling1D(.maximum), "ZeroPadding2D": zeroPadding, "Cropping2D": cropping,
    "UpSampling2D": upSampling, "Resizing": resizing, "CenterCrop": centerCrop,
  ]

  private static func maxPooling(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer)
    -> ConfigLayer
  {
    try config.expectChannelsLast()
    let size = try config.size("pool_size", Size2D(2))
    let strides = config.has("strides") ? try config.size("strides") : size
    return .layer(MaxPooling2D(poolSize: size, strides: strides, padding: try config.padding()))
  }

  private static func averagePooling(
    _ config: inout LayerConfig, _: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    let size = try config.size("pool_size", Size2D(2))
    let strides = config.has("strides") ? try config.size("strides") : size
    return .layer(AveragePooling2D(poolSize: size, strides: strides, padding: try config.padding()))
  }

  private static func globalAveragePooling(
    _ config: inout LayerConfig, _: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    return .layer(GlobalAveragePooling2D(keepdims: try config.bool("keepdims", false)))
  }

  private static func globalMaxPooling(
    _ config: inout LayerConfig, _: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    return .layer(GlobalMaxPooling2D(keepdims: try config.bool("keepdims", false)))
  }

  /// Over the steps of a sequence.
  private static func globalPooling1D(_ function: Reduction.Function) -> LayerReader {
    { (config, context) throws(UnknownLayer) in
      try config.expectChannelsLast()
      guard context.rank == 2 else {
        throw config.unknown("takes steps × features, found rank \(context.rank)")
      }
      return .layer(Reduce(function, axes: [0], keepdims: try config.bool("keepdims", false)))
    }
  }

  private static func zeroPadding(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer)
    -> ConfigLayer
  {
    try config.expectChannelsLast()
    return .layer(ZeroPadding2D(padding: try config.margins("padding")))
  }

  private static func cropping(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer)
    -> ConfigLayer
  {
    try config.expectChannelsLast()
    return .layer(Cropping2D(cropping: try config.margins("cropping")))
  }

  private static func upSampling(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer)
    -> ConfigLayer
  {
    try config.expectChannelsLast()
    return .layer(
      UpSampling2D(
        size: try config.size("size", Size2D(2)), interpolation: try config.interpolation("nearest")))
  }

  private static func resizing(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    try config.expect("antialias", false)
    for key in ["fill_mode", "fill_value"] { _ = config.value(key) }
    let size = Size2D(try config.int("height"), try config.int("width"))
    let resizing = Resizing(
      height: size.height, width: size.width, interpolation: try config.interpolation("bilinear"))
    let crops = try config.bool("crop_to_aspect_ratio", false)
    try config.expect("pad_to_aspect_ratio", false)
    guard crops else { return .layer(resizing) }
    return .chain([try config.croppingToRatio(of: size, context), resizing])
  }

  /// A picture smaller than asked for would be enlarged.
  private static func centerCrop(
    _ config: inout LayerConfig, _ context: ConfigContext
  ) throws(UnknownLayer) -> ConfigLayer {
    try config.expectChannelsLast()
    let size = Size2D(try config.int("height"), try config.int("width"))
    let input = try config.map(context)
    let (rows, columns) = (input.height - size.height, input.width - size.width)
    guard rows >= 0, columns >= 0 else {
      return .chain([
        try config.croppingToRatio(of: size, context), Resizing(height: size.height, width: size.width),
      ])
    }
    return .layer(
      Cropping2D(
        cropping: Margins(
          top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)))
  }
}

extension LayerConfig {
  fileprivate mutating func interpolation(_ standard: String) throws(UnknownLayer) -> Interpolation {
    let name = try string("interpolation", standard)
    guard let interpolation = Interpolation(rawValue: name) else {
      throw unknown("the interpolation '\(name)' is not supported: nearest, bilinear and bicubic are")
    }
    return interpolation
  }

  fileprivate func map(_ context: ConfigContext) throws(UnknownLayer) -> Shape {
    guard let input = context.inputs.first, input.rank == 3 else { throw unknown("takes a feature map") }
    return input
  }

  /// The middle of a map that has the ratio of `size`, as `smart_resize` in `keras/src/utils/image_utils.py` cuts it.
  fileprivate func croppingToRatio(
    of size: Size2D, _ context: ConfigContext
  ) throws(UnknownLayer) -> Cropping2D {
    let input = try map(context)
    guard size.height > 0, size.width > 0 else { throw unknown("the size \(size) is none") }
    let height = min(input.height, Int(Float(input.width * size.height) / Float(size.width)))
    let width = min(input.width, Int(Float(input.height * size.width) / Float(size.height)))
    let top = Int(Float(input.height - height) / 2)
    let left = Int(Float(input.width - width) / 2)
    return Cropping2D(
      cropping: Margins(
        top: top, bottom: input.height - height - top, left: left, right: input.width - width - left))
  }
}
