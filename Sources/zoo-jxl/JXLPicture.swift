import CJXL
import ZooDecoding

/// A JPEG XL picture, of an animation the first frame, read with libjxl, which turns it as the file says.
final class JXLPicture {
  private let decoder: OpaquePointer

  /// - Parameter bytes: must stay valid as long as this object lives.
  init(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) {
    guard let decoder = JxlDecoderCreate(nil) else { throw .noMemory }
    let events = Int32(JXL_DEC_BASIC_INFO.rawValue | JXL_DEC_FULL_IMAGE.rawValue)
    guard JxlDecoderSubscribeEvents(decoder, events) == JXL_DEC_SUCCESS,
      JxlDecoderSetInput(decoder, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
        == JXL_DEC_SUCCESS
    else {
      JxlDecoderDestroy(decoder)
      throw .damaged
    }
    JxlDecoderCloseInput(decoder)
    self.decoder = decoder
  }

  deinit { JxlDecoderDestroy(decoder) }

  func decode(_ order: PictureOrder, into sink: inout PictureSink) throws(DecodeFailure) {
    guard JxlDecoderProcessInput(decoder) == JXL_DEC_BASIC_INFO else { throw .damaged }
    var info = JxlBasicInfo()
    guard JxlDecoderGetBasicInfo(decoder, &info) == JXL_DEC_SUCCESS else { throw .damaged }
    let (width, height) = (Int(info.xsize), Int(info.ysize))
    try checkSize(width: width, height: height)
    try checkChannels(info)
    let isOpaque = info.alpha_bits == 0
    let channels = isOpaque ? 3 : 4
    let pixels = try self.pixels(count: width * height * channels, channels: channels)
    try sink.begin(
      PictureHead(width: width, height: height, isOpaque: isOpaque, hasMore: info.have_animation != 0))
    guard order.part == .colour || !isOpaque else { return }
    var line: [UInt8] = []
    for y in 0..<height {
      let row = pixels[(y * width * channels)..<((y + 1) * width * channels)]
      line.removeAll(keepingCapacity: true)
      switch order.part {
      case .alpha: for x in 0..<width { line.append(row[row.startIndex + 4 * x + 3]) }
      case .colour where isOpaque: line += row
      case .colour: for x in 0..<width { line += row.dropFirst(4 * x).prefix(3) }
      }
      try line.withUnsafeBufferPointer { line throws(DecodeFailure) in try sink.put(line) }
    }
  }

  private func checkChannels(_ info: JxlBasicInfo) throws(DecodeFailure) {
    guard info.alpha_bits == 0 || info.alpha_premultiplied == 0 else {
      throw DecodeFailure(
        "has colours that are multiplied by their opacity, which is not read here",
        advice: "convert it to PNG")
    }
    for index in 0..<Int(info.num_extra_channels) {
      var channel = JxlExtraChannelInfo()
      guard JxlDecoderGetExtraChannelInfo(decoder, index, &channel) == JXL_DEC_SUCCESS else { throw .damaged }
      guard channel.type != JXL_CHANNEL_BLACK else {
        throw DecodeFailure(
          "has inks instead of colours, which is not read here", advice: "convert it to RGB")
      }
    }
  }

  /// RGB or RGBA, 8 bits, of the first frame.
  private func pixels(count: Int, channels: Int) throws(DecodeFailure) -> [UInt8] {
    guard JxlDecoderProcessInput(decoder) == JXL_DEC_NEED_IMAGE_OUT_BUFFER else { throw .damaged }
    var format = JxlPixelFormat(
      num_channels: UInt32(channels), data_type: JXL_TYPE_UINT8, endianness: JXL_NATIVE_ENDIAN, align: 0)
    var size = 0
    guard JxlDecoderImageOutBufferSize(decoder, &format, &size) == JXL_DEC_SUCCESS, size == count else {
      throw .damaged
    }
    var isComplete = false
    let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      guard JxlDecoderSetImageOutBuffer(decoder, &format, buffer.baseAddress, size) == JXL_DEC_SUCCESS else {
        return
      }
      isComplete = JxlDecoderProcessInput(decoder) == JXL_DEC_FULL_IMAGE
      initialized = isComplete ? size : 0
    }
    guard isComplete else { throw .damaged }
    return pixels
  }
}

extension DecodeFailure {
  /// libjxl does not say why.
  fileprivate static var damaged: DecodeFailure { .corrupt("JPEG XL picture", "it cannot be decoded") }
}
