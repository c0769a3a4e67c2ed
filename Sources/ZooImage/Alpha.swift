import ZooDecoding

/// The opacity of a picture without any of its own.
final class OpaqueRows: RowSource {
  let width: Int
  let height: Int

  init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  func readRow(into row: UnsafeMutablePointer<UInt8>) { row.update(repeating: 255, count: width * 3) }
}

/// Colours times their opacity, as Pillow's filters see them (its mode `RGBa`).
final class PremultipliedRows: RowSource {
  private let source: any RowSource
  private let alpha: any RowSource
  private let line: Scratch<UInt8>

  init(_ source: any RowSource, alpha: any RowSource) {
    self.source = source
    self.alpha = alpha
    line = Scratch(source.width * 3, filledWith: 0)
  }

  var width: Int { source.width }
  var height: Int { source.height }

  func readRow(into row: UnsafeMutablePointer<UInt8>) throws(DecodeFailure) {
    try source.readRow(into: row)
    try alpha.readRow(into: line.start)
    for index in 0..<width * 3 {
      // Division by 255 with rounding, as Pillow's `MULDIV255` does it.
      let product = UInt32(row[index]) * UInt32(line.start[index]) + 128
      row[index] = UInt8(truncatingIfNeeded: ((product >> 8) + product) >> 8)
    }
  }

  func finish() throws(DecodeFailure) {
    try source.finish()
    try alpha.finish()
  }
}

/// Takes the opacity out of a pixel's colours again. Pillow leaves those of opacity 0 alone, and rounds down.
func divideByAlpha(_ pixel: UnsafeMutablePointer<Float>) {
  let alpha = Int(pixel[3])
  guard alpha != 0, alpha != 255 else { return }
  for channel in 0..<3 { pixel[channel] = Float(min(255, 255 * Int(pixel[channel]) / alpha)) }
}

/// TensorFlow reads no GIF with four channels, and in Pillow what is transparent depends on its version.
///
/// - Returns: `nil`, as opaque pictures have no opacity of their own.
func requireOpaqueGIF(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) -> (any RowSource)? {
  guard try transparentIndex(ofGIF: bytes) == nil else {
    throw DecodeFailure("has transparent places, which are not read of a GIF", advice: "convert it to PNG")
  }
  return nil
}

/// TensorFlow takes a fourth byte as opacity, Pillow only where the header says so.
///
/// - Returns: `nil`, as opaque pictures have no opacity of their own.
func requireOpaqueBMP(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) -> (any RowSource)? {
  if case .masked(bytes: 4, _) = try BMPHeader(BMPBytes(bytes: bytes)).layout {
    throw DecodeFailure(
      "has 32 bits per pixel, of which it is not clear whether the last are opacity",
      advice: "convert it to PNG")
  }
  return nil
}
