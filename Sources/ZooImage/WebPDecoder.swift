import CWebP

/// Reads WebP with libwebp; of an animation the first frame, on black. Alpha is dropped.
///
/// TensorFlow refuses WebP with alpha or animation, so these follow Pillow in every style.
func decodeWebP(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) -> StoredRows {
  let start = bytes.bindMemory(to: UInt8.self).baseAddress
  var features = WebPBitstreamFeatures()
  let status = WebPGetFeatures(start, bytes.count, &features)
  guard status == VP8_STATUS_OK else { throw .corrupt("WebP", describe(status)) }
  let (width, height) = (Int(features.width), Int(features.height))
  try checkSize(width: width, height: height)
  let rows = StoredRows(width: width, height: height)
  if features.has_animation != 0 {
    try decodeFirstFrame(of: bytes, into: rows)
  } else {
    let decoded = WebPDecodeRGBInto(start, bytes.count, rows.pixels, width * height * 3, Int32(width * 3))
    guard decoded != nil else { throw .corrupt("WebP", "its pixels cannot be decoded") }
  }
  return rows
}

private func decodeFirstFrame(
  of bytes: UnsafeRawBufferPointer, into rows: StoredRows
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
    rows.set(pixel, to: SIMD3(canvas[4 * pixel], canvas[4 * pixel + 1], canvas[4 * pixel + 2]))
  }
}

private func describe(_ status: VP8StatusCode) -> String {
  switch status {
  case VP8_STATUS_NOT_ENOUGH_DATA: "the file ends too early"
  case VP8_STATUS_UNSUPPORTED_FEATURE: "it uses a feature that libwebp does not know"
  default: "its header makes no sense"
  }
}
