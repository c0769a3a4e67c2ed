import CImageShim
import ZooDecoding

/// Reads PNG with libpng: alpha is dropped, 16 bits become their high byte.
///
/// In Pillow's style 16-bit gray is clipped at 255 instead, as `convert("RGB")` does.
final class PNGDecoder: RowSource {
  /// What of a picture is handed out, three times where it is one level a pixel.
  enum Part {
    case colour, luminance, alpha
  }

  private let handle: OpaquePointer
  private let rows: zoo_png_rows
  private let rowBytes: Int
  /// Of an interlaced picture, whose rows are complete only after the last pass.
  private var allRows: Scratch<UInt8>?
  /// A row as libpng gives it, where that is not RGB.
  private let line: Scratch<UInt8>?
  private var nextRow = 0
  let width: Int
  let height: Int

  /// - Parameter bytes: must stay valid as long as this object lives.
  init(
    _ bytes: UnsafeRawBufferPointer, style: DecodeStyle, part: Part = .colour
  ) throws(DecodeFailure) {
    guard let handle = zoo_png_open() else { throw DecodeFailure("cannot be decoded: out of memory") }
    var isComplete = false
    defer { if !isComplete { zoo_png_close(handle) } }
    var info = zoo_png_info()
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    guard zoo_png_read_header(handle, start, bytes.count, &info) != 0 else { throw failure(of: handle) }
    try checkSize(width: Int(info.width), height: Int(info.height))
    rows =
      switch part {
      case .luminance: ZOO_PNG_LUMINANCE
      case .alpha: ZOO_PNG_RGBA
      case .colour: style == .pillow && info.is_gray16 != 0 ? ZOO_PNG_GRAY16 : ZOO_PNG_RGB
      }
    if part == .alpha && style == .pillow { try checkTransparentColour(info) }
    // TensorFlow takes the greatest level of the file's depth, which for few bits is nearly transparent
    // (tensorflow/core/lib/png/png_io.cc).
    let opaque: UInt32 = style == .tensorFlow ? 1 << UInt32(info.bit_depth) - 1 : 0xFFFF
    guard zoo_png_start(handle, rows, opaque, &info) != 0 else { throw failure(of: handle) }
    guard info.row_bytes == Int(info.width) * Int(rows.rawValue) else {
      throw DecodeFailure("is a PNG of a kind that is not read here", advice: "convert it to 8-bit RGB")
    }
    self.handle = handle
    rowBytes = info.row_bytes
    width = Int(info.width)
    height = Int(info.height)
    line = rows == ZOO_PNG_RGB ? nil : Scratch(rowBytes, filledWith: 0)
    isComplete = true
    if info.passes > 1 { try readAllRows(passes: Int(info.passes)) }
  }

  deinit { zoo_png_close(handle) }

  func readRow(into row: UnsafeMutablePointer<UInt8>) throws(DecodeFailure) {
    defer { nextRow += 1 }
    if let allRows { return convert(allRows.start + nextRow * rowBytes, into: row) }
    guard zoo_png_read_row(handle, line?.start ?? row) != 0 else { throw failure(of: handle) }
    if let line { convert(line.start, into: row) }
  }

  func finish() throws(DecodeFailure) {
    guard zoo_png_finish(handle) != 0 else { throw failure(of: handle) }
  }

  private func readAllRows(passes: Int) throws(DecodeFailure) {
    let rows = Scratch<UInt8>(rowBytes * height, filledWith: 0)
    for _ in 0..<passes {
      for row in 0..<height {
        guard zoo_png_read_row(handle, rows.start + row * rowBytes) != 0 else { throw failure(of: handle) }
      }
    }
    allRows = rows
  }

  private func convert(_ source: UnsafePointer<UInt8>, into row: UnsafeMutablePointer<UInt8>) {
    switch rows {
    case ZOO_PNG_LUMINANCE: for pixel in 0..<width { setLevel(row, pixel, source[pixel]) }
    case ZOO_PNG_GRAY16:
      for pixel in 0..<width { setLevel(row, pixel, source[2 * pixel] > 0 ? 255 : source[2 * pixel + 1]) }
    case ZOO_PNG_RGBA: for pixel in 0..<width { setLevel(row, pixel, source[4 * pixel + 3]) }
    case ZOO_PNG_RGB: row.update(from: source, count: rowBytes)
    default: preconditionFailure("no such rows: \(rows)")
    }
  }
}

/// Pillow compares it with levels that it has stretched or cut to 8 bits.
private func checkTransparentColour(_ info: zoo_png_info) throws(DecodeFailure) {
  guard info.has_transparent_colour == 0 || [1, 8].contains(info.bit_depth) else {
    throw DecodeFailure(
      "has a transparent colour of \(info.bit_depth) bits, which Pillow does not find",
      advice: "convert it to RGBA")
  }
}

private func failure(of handle: OpaquePointer) -> DecodeFailure {
  .corrupt("PNG", String(cString: zoo_png_message(handle)))
}
