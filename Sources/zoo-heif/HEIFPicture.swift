import CHEIF
import ZooDecoding

/// The primary picture of a HEIF file (HEIC, AVIF), read with libheif, which turns, mirrors and crops it as the file says.
///
/// The pixels are those of pillow-heif: 8 bits whatever the file has.
final class HEIFPicture {
  private let context: OpaquePointer
  private let handle: OpaquePointer

  /// - Parameter bytes: must stay valid as long as this object lives.
  init(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) {
    guard let context = heif_context_alloc() else { throw .noMemory }
    var handle: OpaquePointer?
    do throws(DecodeFailure) {
      // The pictures are shared amongst processes already.
      heif_context_set_max_decoding_threads(context, 0)
      try check(heif_context_read_from_memory_without_copy(context, bytes.baseAddress, bytes.count, nil))
      try check(heif_context_get_primary_image_handle(context, &handle))
    } catch {
      heif_context_free(context)
      throw error
    }
    guard let handle else {
      heif_context_free(context)
      throw .corrupt("HEIF picture", "it holds no picture")
    }
    self.context = context
    self.handle = handle
  }

  deinit {
    heif_image_handle_release(handle)
    heif_context_free(context)
  }

  func decode(_ order: PictureOrder, into sink: inout PictureSink) throws(DecodeFailure) {
    let (width, height) = (heif_image_handle_get_width(handle), heif_image_handle_get_height(handle))
    try checkSize(width: Int(width), height: Int(height))
    let isOpaque = heif_image_handle_has_alpha_channel(handle) == 0
    guard isOpaque || heif_image_handle_is_premultiplied_alpha(handle) == 0 else {
      throw DecodeFailure(
        "has colours that are multiplied by their opacity, which is not read here",
        advice: "convert it to PNG")
    }
    let pixels = try HEIFPixels(of: handle, isOpaque: isOpaque)
    try sink.begin(
      PictureHead(
        width: pixels.width, height: pixels.height, isOpaque: isOpaque,
        hasMore: heif_context_get_number_of_top_level_images(context) > 1))
    guard order.part == .colour || !isOpaque else { return }
    var line: [UInt8] = []
    for y in 0..<pixels.height {
      let row = pixels.row(y)
      line.removeAll(keepingCapacity: true)
      switch order.part {
      case .alpha: for x in 0..<pixels.width { line.append(row[4 * x + 3]) }
      case .colour where isOpaque: line += row
      case .colour: for x in 0..<pixels.width { line += row[(4 * x)..<(4 * x + 3)] }
      }
      try line.withUnsafeBufferPointer { line throws(DecodeFailure) in try sink.put(line) }
    }
  }
}

/// A decoded picture: RGB, or RGBA where it is not opaque.
private final class HEIFPixels {
  let width: Int
  let height: Int
  private let image: OpaquePointer
  private let start: UnsafePointer<UInt8>
  private let stride: Int
  private let rowSize: Int

  init(of handle: OpaquePointer, isOpaque: Bool) throws(DecodeFailure) {
    guard let options = heif_decoding_options_alloc() else { throw .noMemory }
    defer { heif_decoding_options_free(options) }
    options.pointee.convert_hdr_to_8bit = 1
    var image: OpaquePointer?
    try check(
      heif_decode_image(
        handle, &image, heif_colorspace_RGB,
        isOpaque ? heif_chroma_interleaved_RGB : heif_chroma_interleaved_RGBA, options))
    guard let image else { throw .corrupt("HEIF picture", "it cannot be decoded") }
    var stride: Int32 = 0
    let (width, height) = (
      Int(heif_image_get_width(image, heif_channel_interleaved)),
      Int(heif_image_get_height(image, heif_channel_interleaved))
    )
    let rowSize = width * (isOpaque ? 3 : 4)
    guard let start = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride),
      stride >= rowSize,
      height > 0
    else {
      heif_image_release(image)
      throw .corrupt("HEIF picture", "it has no pixels")
    }
    (self.image, self.start, self.stride, self.rowSize) = (image, start, Int(stride), rowSize)
    (self.width, self.height) = (width, height)
  }

  deinit { heif_image_release(image) }

  func row(_ y: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: start + y * stride, count: rowSize)
  }
}

private func check(_ status: heif_error) throws(DecodeFailure) {
  guard status.code != heif_error_Ok else { return }
  let text = status.message.map { String(cString: $0) } ?? "libheif gives no reason"
  // A decoder that is a package of its own is not there.
  if status.subcode == heif_suberror_Unsupported_codec || status.code == heif_error_Plugin_loading_error {
    throw DecodeFailure(
      "is a HEIF picture that libheif cannot decode here: \(text)",
      advice:
        "install libheif's decoders (Debian: libheif-plugin-libde265 for HEIC, libheif-plugin-dav1d for AVIF)"
    )
  }
  throw .corrupt("HEIF picture", text)
}
