import CImageShim
import ZooDecoding

/// Reads JPEG with libjpeg-turbo.
///
/// The fast integer DCT gives TensorFlow's pixels, the accurate one Pillow's. EXIF orientation is left alone,
/// as both do.
final class JPEGDecoder: RowSource {
  private let handle: OpaquePointer
  private let info: zoo_jpeg_info
  private let style: DecodeStyle
  private let cmyk: Scratch<UInt8>?
  let width: Int
  let height: Int

  /// - Parameters:
  ///   - bytes: must stay valid as long as this object lives.
  ///   - luminance: whether rows are of its luminance alone, three times.
  ///   - atLeast: when given, the picture may be decoded at a smaller size that is not below this one.
  init(
    _ bytes: UnsafeRawBufferPointer, style: DecodeStyle, luminance: Bool = false,
    atLeast target: (height: Int, width: Int)?
  ) throws(DecodeFailure) {
    guard let handle = zoo_jpeg_open() else { throw DecodeFailure("cannot be decoded: out of memory") }
    var isComplete = false
    defer { if !isComplete { zoo_jpeg_close(handle) } }
    var info = zoo_jpeg_info()
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    guard zoo_jpeg_read_header(handle, start, bytes.count, &info) != 0 else { throw failure(of: handle) }
    try checkSize(width: Int(info.width), height: Int(info.height))
    let eighths = target.map { scale(height: Int(info.height), width: Int(info.width), atLeast: $0) } ?? 8
    guard
      zoo_jpeg_start(
        handle, style == .tensorFlow ? 1 : 0, luminance ? 1 : 0, Int32(eighths), &info) != 0
    else {
      throw failure(of: handle)
    }
    self.handle = handle
    self.info = info
    self.style = style
    width = Int(info.width)
    height = Int(info.height)
    cmyk = info.channels == 4 ? Scratch(width * 4, filledWith: 0) : nil
    isComplete = true
  }

  deinit { zoo_jpeg_close(handle) }

  func readRow(into row: UnsafeMutablePointer<UInt8>) throws(DecodeFailure) {
    guard zoo_jpeg_read_row(handle, cmyk?.start ?? row) != 0 else { throw failure(of: handle) }
    if info.channels == 1 { return spreadLevels(row, width) }
    guard let cmyk else { return }
    switch style {
    case .pillow: convertAsPillow(cmyk.start, into: row)
    case .tensorFlow: convertAsTensorFlow(cmyk.start, into: row)
    }
  }

  func finish() throws(DecodeFailure) {
    guard zoo_jpeg_finish(handle) != 0 else { throw failure(of: handle) }
  }

  /// TensorFlow takes the inks as inverted only where Adobe's marker says who wrote the file.
  private func convertAsTensorFlow(_ inks: UnsafePointer<UInt8>, into row: UnsafeMutablePointer<UInt8>) {
    let flip: Int32 = info.has_adobe_marker != 0 ? 0 : 255
    for pixel in 0..<width {
      let black = flip ^ Int32(inks[4 * pixel + 3])
      for channel in 0..<3 {
        row[3 * pixel + channel] = UInt8(
          truncatingIfNeeded: black * (flip ^ Int32(inks[4 * pixel + channel])) / 255)
      }
    }
  }

  /// Pillow always takes them as inverted, and rounds.
  private func convertAsPillow(_ inks: UnsafePointer<UInt8>, into row: UnsafeMutablePointer<UInt8>) {
    for pixel in 0..<width {
      let black = Int32(inks[4 * pixel + 3])
      for channel in 0..<3 {
        let product = (255 - Int32(inks[4 * pixel + channel])) * black + 128
        row[3 * pixel + channel] = UInt8(clamping: black - ((product >> 8) + product) >> 8)
      }
    }
  }
}

private func failure(of handle: OpaquePointer) -> DecodeFailure {
  .corrupt("JPEG", String(cString: zoo_jpeg_message(handle)))
}

/// The smallest number of eighths at which a picture at least twice as large as `target` still covers it.
private func scale(height: Int, width: Int, atLeast target: (height: Int, width: Int)) -> Int {
  guard height / 2 >= target.height, width / 2 >= target.width else { return 8 }
  func covers(_ eighths: Int) -> Bool {
    (height * eighths + 7) / 8 >= target.height && (width * eighths + 7) / 8 >= target.width
  }
  return (1...4).first(where: covers) ?? 8
}
