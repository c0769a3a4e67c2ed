import CImageShim

/// Reads PNG with libpng: alpha is dropped, 16 bits become their high byte.
///
/// In Pillow's style 16-bit gray is clipped at 255 instead, as `convert("RGB")` does.
final class PNGDecoder: RowSource {
  private let handle: OpaquePointer
  private let keepsGray16: Bool
  /// Whether rows come with one level a pixel.
  private let isLuminance: Bool
  private let rowBytes: Int
  /// Of an interlaced picture, whose rows are complete only after the last pass.
  private var allRows: Scratch<UInt8>?
  private var gray16: Scratch<UInt8>?
  private var nextRow = 0
  let width: Int
  let height: Int

  /// - Parameters:
  ///   - bytes: must stay valid as long as this object lives.
  ///   - luminance: whether rows are of its luminance alone, three times.
  init(
    _ bytes: UnsafeRawBufferPointer, style: DecodeStyle, luminance: Bool = false
  ) throws(DecodeFailure) {
    guard let handle = zoo_png_open() else { throw DecodeFailure("cannot be decoded: out of memory") }
    var isComplete = false
    defer { if !isComplete { zoo_png_close(handle) } }
    var info = zoo_png_info()
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    guard zoo_png_read_header(handle, start, bytes.count, &info) != 0 else { throw failure(of: handle) }
    try checkSize(width: Int(info.width), height: Int(info.height))
    let keepsGray16 = style == .pillow && info.is_gray16 != 0
    guard zoo_png_start(handle, keepsGray16 ? 1 : 0, luminance ? 1 : 0, &info) != 0 else {
      throw failure(of: handle)
    }
    guard info.row_bytes == Int(info.width) * (luminance ? 1 : keepsGray16 ? 2 : 3) else {
      throw DecodeFailure("is a PNG of a kind that is not read here", advice: "convert it to 8-bit RGB")
    }
    self.handle = handle
    self.keepsGray16 = keepsGray16
    isLuminance = luminance
    rowBytes = info.row_bytes
    width = Int(info.width)
    height = Int(info.height)
    isComplete = true
    if info.passes > 1 { try readAllRows(passes: Int(info.passes)) }
    if keepsGray16, allRows == nil { gray16 = Scratch(rowBytes, filledWith: 0) }
  }

  deinit { zoo_png_close(handle) }

  func readRow(into row: UnsafeMutablePointer<UInt8>) throws(DecodeFailure) {
    defer { nextRow += 1 }
    if let allRows {
      convert(allRows.start + nextRow * rowBytes, into: row)
      if isLuminance { spreadLevels(row, width) }
      return
    }
    guard zoo_png_read_row(handle, gray16?.start ?? row) != 0 else { throw failure(of: handle) }
    if let gray16 { convert(gray16.start, into: row) }
    if isLuminance { spreadLevels(row, width) }
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
    guard keepsGray16 else { return row.update(from: source, count: rowBytes) }
    for pixel in 0..<width {
      let level: UInt8 = source[2 * pixel] > 0 ? 255 : source[2 * pixel + 1]
      for channel in 0..<3 { row[3 * pixel + channel] = level }
    }
  }
}

private func failure(of handle: OpaquePointer) -> DecodeFailure {
  .corrupt("PNG", String(cString: zoo_png_message(handle)))
}
