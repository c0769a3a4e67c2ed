import ZooDecoding

/// The part of a picture that is resized.
struct Crop {
  var x = 0
  var y = 0
  var width: Int
  var height: Int

  static func whole(of source: any RowSource) -> Crop {
    Crop(width: source.width, height: source.height)
  }

  /// The largest centred part in the target's aspect, in the arithmetic of Keras' `image.resize` with
  /// `crop_to_aspect_ratio`: float32 quotients, truncated.
  static func centred(in source: any RowSource, height: Int, width: Int) -> Crop {
    let fittingHeight = Int(Float(source.width * height) / Float(width))
    let fittingWidth = Int(Float(source.height * width) / Float(height))
    let cropHeight = max(min(source.height, fittingHeight), 1)
    let cropWidth = max(min(source.width, fittingWidth), 1)
    return Crop(
      x: (source.width - cropWidth) / 2, y: (source.height - cropHeight) / 2, width: cropWidth,
      height: cropHeight)
  }
}

/// Between which two pixels an output pixel lies, as in `tf.image.resize` with half-pixel centres.
private struct LinearTap {
  var lower: Int
  var upper: Int
  var weight: Float

  static func taps(from size: Int, to count: Int) -> [LinearTap] {
    let scale = Float(size) / Float(count)
    return (0..<count).map { index in
      let position = (Float(index) + 0.5) * scale - 0.5
      let floor = position.rounded(.down)
      return LinearTap(
        lower: min(max(Int(floor), 0), size - 1), upper: min(max(Int(position.rounded(.up)), 0), size - 1),
        weight: position - floor)
    }
  }
}

/// `tf.image.resize` bilinear without antialias, in float32 and in TensorFlow's order of operations: along
/// the row first.
func resizeBilinear(
  _ source: any RowSource, crop: Crop, height: Int, width: Int, into pixels: UnsafeMutablePointer<Float>
) throws(DecodeFailure) {
  let columns = LinearTap.taps(from: crop.width, to: width)
  var feed = RowFeed(source)
  var window = RowWindow<Float>(capacity: 2, rowCount: width * 3, filledWith: 0)
  let decoded = Scratch<UInt8>(source.width * 3, filledWith: 0)
  func blended(_ row: Int) throws(DecodeFailure) -> UnsafePointer<Float> {
    try window.row(row) { output throws(DecodeFailure) in
      try feed.read(crop.y + row, into: decoded.start)
      blendColumns(decoded.start + 3 * crop.x, columns, into: output)
    }
  }
  for (y, tap) in LinearTap.taps(from: crop.height, to: height).enumerated() {
    let upper = try blended(tap.lower)
    let lower = try blended(tap.upper)
    let output = pixels + y * width * 3
    for index in 0..<width * 3 {
      output[index] = upper[index] + (lower[index] - upper[index]) * tap.weight
    }
  }
  try feed.finish()
}

private func blendColumns(
  _ row: UnsafePointer<UInt8>, _ taps: [LinearTap], into output: UnsafeMutablePointer<Float>
) {
  for x in taps.indices {
    let tap = taps[x]
    let left = SIMD4<Float>(pixel(row, tap.lower))
    let right = SIMD4<Float>(pixel(row, tap.upper))
    store(left + (right - left) * tap.weight, output, x)
  }
}
