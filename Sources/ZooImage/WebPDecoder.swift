import CWebP
import ZooDecoding

/// Reads WebP with libwebp; of an animation the first frame, on black. Alpha is dropped.
///
/// TensorFlow refuses WebP with alpha or animation, so these follow Pillow in every style.
func decodeWebP(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) -> StoredRows {
  let start = bytes.bindMemory(to: UInt8.self).baseAddress
  let features = try features(of: bytes)
  let (width, height) = (Int(features.width), Int(features.height))
  let rows = StoredRows(width: width, height: height)
  if features.has_animation != 0 {
    try decodeFirstFrame(of: bytes, into: rows) { SIMD3($0[0], $0[1], $0[2]) }
  } else {
    let decoded = WebPDecodeRGBInto(start, bytes.count, rows.pixels, width * height * 3, Int32(width * 3))
    guard decoded != nil else { throw .corrupt("WebP", "its pixels cannot be decoded") }
  }
  return rows
}

/// Its opacity, three times a pixel; `nil` where it is opaque.
func decodeWebPAlpha(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) -> StoredRows? {
  let features = try features(of: bytes)
  guard features.has_alpha != 0 || features.has_animation != 0 else { return nil }
  let (width, height) = (Int(features.width), Int(features.height))
  let rows = StoredRows(width: width, height: height)
  if features.has_animation != 0 {
    try decodeFirstFrame(of: bytes, into: rows) { SIMD3(repeating: $0[3]) }
    return rows
  }
  let start = bytes.bindMemory(to: UInt8.self).baseAddress
  let (size, stride) = (width * height * 4, width * 4)
  let pixels = Scratch<UInt8>(size, filledWith: 0)
  guard WebPDecodeRGBAInto(start, bytes.count, pixels.start, size, Int32(stride)) != nil else {
    throw .corrupt("WebP", "its pixels cannot be decoded")
  }
  for pixel in 0..<width * height { rows.set(pixel, to: SIMD3(repeating: pixels.start[4 * pixel + 3])) }
  return rows
}

private func features(of bytes: UnsafeRawBufferPointer) throws(DecodeFailure) -> WebPBitstreamFeatures {
  var features = WebPBitstreamFeatures()
  let status = WebPGetFeatures(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &features)
  guard status == VP8_STATUS_OK else { throw .corrupt("WebP", describe(status)) }
  try checkSize(width: Int(features.width), height: Int(features.height))
  return features
}

private func decodeFirstFrame(
  of bytes: UnsafeRawBufferPointer, into rows: StoredRows,
  _ part: (UnsafePointer<UInt8>) -> SIMD3<UInt8>
) throws(DecodeFailure) {
  var data = WebPData(bytes: bytes.bindMemory(to: UInt8.self).baseAddress, size: bytes.count)
  guard let decoder = WebPAnimDecoderNew(&data, nil) else {
    throw .corrupt("WebP", "its animation cannot be opened")
  }
  defer { WebPAnimDecoderDelete(decoder) }
  var info = WebPAnimInfo()
  var canvas: UnsafeMutablePointer<UInt8>?
  var timestamp: Int32 = 0
  guard WebPAnimDecoderGetInfo(decoder, &info) != 0,
    Int(info.canvas_width) == rows.width, Int(info.canvas_height) == rows.height,
    WebPAnimDecoderGetNext(decoder, &canvas, &timestamp) != 0, let canvas
  else { throw .corrupt("WebP", "its first frame cannot be decoded") }
  for pixel in 0..<rows.width * rows.height {
    rows.set(pixel, to: part(canvas + 4 * pixel))
  }
}

private func describe(_ status: VP8StatusCode) -> String {
  switch status {
  case VP8_STATUS_NOT_ENOUGH_DATA: "the file ends too early"
  case VP8_STATUS_UNSUPPORTED_FEATURE: "it uses a feature that libwebp does not know"
  default: "its header makes no sense"
  }
}
