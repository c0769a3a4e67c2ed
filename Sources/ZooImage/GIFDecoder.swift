import CGif
import ZooDecoding

/// Reads a GIF's first frame with giflib.
///
/// TensorFlow's picture has the frame's size and is black where nothing is drawn. Pillow's has the screen's
/// size, and shows the palette's colour in transparent places.
func decodeGIF(_ bytes: UnsafeRawBufferPointer, style: DecodeStyle) throws(DecodeFailure) -> StoredRows {
  try withGIF(bytes) { file throws(DecodeFailure) in
    let transparent = try skipToFrame(file)
    return try decodeFrame(file, style, transparent: transparent)
  }
}

/// The index of the first frame's transparent colour.
func transparentIndex(ofGIF bytes: UnsafeRawBufferPointer) throws(DecodeFailure) -> Int? {
  try withGIF(bytes) { file throws(DecodeFailure) in try skipToFrame(file) }
}

private func withGIF<Result>(
  _ bytes: UnsafeRawBufferPointer,
  _ body: (UnsafeMutablePointer<GifFileType>) throws(DecodeFailure) -> Result
) throws(DecodeFailure) -> Result {
  var rest = bytes
  return try withUnsafeMutablePointer(to: &rest) { rest throws(DecodeFailure) in
    var code: Int32 = 0
    guard let file = DGifOpen(rest, readBytes, &code) else { throw failure(code) }
    defer { DGifCloseFile(file, nil) }
    return try body(file)
  }
}

/// Reads what stands before the first frame.
///
/// - Returns: the index of the transparent colour.
private func skipToFrame(_ file: UnsafeMutablePointer<GifFileType>) throws(DecodeFailure) -> Int? {
  var transparent: Int?
  while true {
    var kind = UNDEFINED_RECORD_TYPE
    guard DGifGetRecordType(file, &kind) == GIF_OK else { throw failure(file.pointee.Error) }
    if kind == IMAGE_DESC_RECORD_TYPE { return transparent }
    guard kind == EXTENSION_RECORD_TYPE else { throw .corrupt("GIF", "it holds no picture") }
    var function: Int32 = 0
    var block: UnsafeMutablePointer<GifByteType>?
    guard DGifGetExtension(file, &function, &block) == GIF_OK else { throw failure(file.pointee.Error) }
    if function == GRAPHICS_EXT_FUNC_CODE, let block {
      var control = GraphicsControlBlock()
      let isValid = DGifExtensionToGCB(Int(block[0]), block + 1, &control) == GIF_OK
      transparent = isValid && control.TransparentColor >= 0 ? Int(control.TransparentColor) : nil
    }
    while block != nil {
      guard DGifGetExtensionNext(file, &block) == GIF_OK else { throw failure(file.pointee.Error) }
    }
  }
}

private func decodeFrame(
  _ file: UnsafeMutablePointer<GifFileType>, _ style: DecodeStyle, transparent: Int?
) throws(DecodeFailure) -> StoredRows {
  guard DGifGetImageDesc(file) == GIF_OK else { throw failure(file.pointee.Error) }
  let frame = file.pointee.Image
  let (left, top) = (Int(frame.Left), Int(frame.Top))
  var (width, height) = (Int(frame.Width), Int(frame.Height))
  try checkSize(width: width, height: height)
  var palette = colours(frame.ColorMap ?? file.pointee.SColorMap)
  let background: SIMD3<UInt8>
  switch style {
  case .tensorFlow:
    background = SIMD3()
    if let transparent { palette[transparent] = background }
  case .pillow:
    background = palette[transparent ?? 0]
    width = max(Int(file.pointee.SWidth), left + width)
    height = max(Int(file.pointee.SHeight), top + height)
    try checkSize(width: width, height: height)
  }
  let rows = StoredRows(width: width, height: height, colour: background)
  let line = Scratch<UInt8>(Int(frame.Width), filledWith: 0)
  for y in lineOrder(height: Int(frame.Height), isInterlaced: frame.Interlace) {
    guard DGifGetLine(file, line.start, frame.Width) == GIF_OK else { throw failure(file.pointee.Error) }
    guard top + y < height, left < width else { continue }
    for x in 0..<min(Int(frame.Width), width - left) {
      rows.set((top + y) * width + left + x, to: palette[Int(line.start[x])])
    }
  }
  return rows
}

/// Always 256 colours: gray where the file has no palette, black where it is short.
private func colours(_ map: UnsafeMutablePointer<ColorMapObject>?) -> [SIMD3<UInt8>] {
  guard let map else { return (0...255).map { SIMD3(repeating: $0) } }
  var palette = [SIMD3<UInt8>](repeating: SIMD3(), count: 256)
  for index in 0..<min(256, Int(map.pointee.ColorCount)) {
    let colour = map.pointee.Colors[index]
    palette[index] = SIMD3(colour.Red, colour.Green, colour.Blue)
  }
  return palette
}

private func lineOrder(height: Int, isInterlaced: Bool) -> [Int] {
  guard isInterlaced else { return Array(0..<height) }
  let passes = [(0, 8), (4, 8), (2, 4), (1, 2)]
  return passes.flatMap { start, step in stride(from: start, to: height, by: step) }
}

/// giflib's way to its input: `UserData` is what has not been read yet.
private func readBytes(
  _ file: UnsafeMutablePointer<GifFileType>?, _ destination: UnsafeMutablePointer<GifByteType>?,
  _ count: Int32
) -> Int32 {
  guard let file, let destination, count > 0 else { return 0 }
  let rest = file.pointee.UserData.assumingMemoryBound(to: UnsafeRawBufferPointer.self)
  let chunk = rest.pointee.prefix(Int(count))
  UnsafeMutableRawBufferPointer(start: destination, count: chunk.count).copyMemory(
    from: UnsafeRawBufferPointer(rebasing: chunk))
  rest.pointee = UnsafeRawBufferPointer(rebasing: rest.pointee.dropFirst(chunk.count))
  return Int32(chunk.count)
}

private func failure(_ code: Int32) -> DecodeFailure {
  let isTooShort = code == D_GIF_ERR_READ_FAILED || code == D_GIF_ERR_EOF_TOO_SOON
  let text = GifErrorString(code).map { String(cString: $0).lowercased() } ?? "it cannot be decoded"
  return .corrupt("GIF", isTooShort ? "the file ends too early" : text)
}
