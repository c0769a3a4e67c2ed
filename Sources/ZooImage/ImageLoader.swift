import ZooDecoding
import ZooGraph
import ZooSystem

/// Loads pictures at one size: decoded and resized, float32 0…255, NHWC, RGB, gray or RGBA.
///
/// Reads JPEG, PNG, WebP, GIF (the first frame), BMP, TIFF (the first page), HEIC, AVIF and JPEG XL, told by content and not by name. The pixels are
/// those of Keras' own loading: for `.bilinear`, `.bicubic` and `.cropToAspectRatio` of
/// `image_dataset_from_directory` (`tf.io.decode_image`, then `tf.image.resize`), for `.nearest` and
/// `.lanczos` of `load_img` (Pillow, 8-bit). Like both, it drops alpha, unless RGBA is asked
/// for, and turns a picture by its EXIF orientation only when asked to. What TensorFlow cannot read or shows wrongly follows Pillow
/// in every mode: WebP with alpha or animation, BMP with a palette or 16 bits,
/// TIFF, HEIC, AVIF, JPEG XL.
///
/// A picture of more than 178,956,970 pixels or with a side of more than 1,000,000, and a file beyond 1 GiB
/// are refused.
public struct ImageLoader: Sendable {
  /// Of the result, in pixels.
  public let height: Int
  /// Of the result, in pixels.
  public let width: Int
  /// How pictures get their size.
  public let resize: ResizeMode
  /// Which channels the result has.
  public let color: ColorMode
  /// Whether large JPEGs are decoded at a fraction of their size; see `init`.
  public let fastDecode: Bool
  /// Whether pictures are turned by their EXIF orientation; see `init`.
  public let exif: Bool

  /// Floats per picture: `height * width * color.channels`.
  public var count: Int { height * width * color.channels }

  static let mostBytes = 1 << 30
  private static let longestSide = 1 << 16

  /// - Parameters:
  ///   - height: of the result; what is not in 1…65,536 is taken as the nearest number that is.
  ///   - width: of the result, likewise.
  ///   - color: as Keras' `color_mode`.
  ///   - fastDecode: lets libjpeg decode a JPEG of at least twice the target's size at 1/8 to 4/8 of it. About
  ///     half as fast again, and antialiased by that; the pixels are then not Keras'.
  ///   - exif: turns JPEG, PNG and WebP by their EXIF orientation, as Pillow's `exif_transpose`; Keras does not. A
  ///     damaged EXIF block is then an error. TIFF, HEIC, AVIF and JPEG XL are turned by what their own
  ///     formats say in any case.
  public init(
    height: Int, width: Int, resize: ResizeMode = .bilinear, color: ColorMode = .rgb,
    fastDecode: Bool = false,
    exif: Bool = false
  ) {
    self.height = min(max(height, 1), Self.longestSide)
    self.width = min(max(width, 1), Self.longestSide)
    self.resize = resize
    self.color = color
    self.fastDecode = fastDecode
    self.exif = exif
  }

  /// Decodes and resizes the picture at `path`.
  ///
  /// Safe to call from many threads at once.
  ///
  /// - Throws: `FileError` when the file cannot be read, is no picture, is corrupt, truncated or too large.
  public func load(_ path: String) throws(FileError) -> [Float] { try load(.file(path)) }

  /// Decodes and resizes a picture. Safe to call from many threads at once.
  ///
  /// - Throws: `FileError`, which calls the picture by its name, as ``load(_:)-(String)``.
  public func load(_ picture: Picture) throws(FileError) -> [Float] {
    var failure: FileError?
    let pixels = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(FileError) {
        try load(picture, into: buffer)
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return pixels
  }

  /// Decodes and resizes a picture into `pixels`, of which the first `count` are written.
  ///
  /// - Throws: `FileError`; `pixels` then hold nothing of use.
  public func load(_ picture: Picture, into pixels: UnsafeMutableBufferPointer<Float>) throws(FileError) {
    let bytes: [UInt8]
    switch picture {
    case .file(let path): bytes = try InputFile.contents(of: path, limit: Self.mostBytes)
    case .encoded(let encoded, _): bytes = encoded
    case .pixels: bytes = []
    }
    guard let start = pixels.baseAddress, pixels.count >= count else {
      throw FileError(
        picture.name, "needs room for \(count) floats, and there is room for \(pixels.count)")
    }
    do throws(DecodeFailure) {
      if case .pixels(let decoded) = picture { return try load(decoded, into: start) }
      let hasMore = try bytes.withUnsafeBufferPointer { bytes throws(DecodeFailure) in
        try load(UnsafeRawBufferPointer(bytes), into: start)
      }
      if hasMore { FirstPages.note(picture.name) }
    } catch {
      throw FileError(picture.name, error)
    }
  }

  /// The file's bytes instead of the file; `pixels` must have room for `count` floats.
  ///
  /// - Returns: whether the file holds more pictures than the first, which is loaded.
  @discardableResult
  func load(
    _ bytes: UnsafeRawBufferPointer, into pixels: UnsafeMutablePointer<Float>
  ) throws(DecodeFailure) -> Bool {
    let source = try open(bytes)
    try place(into: pixels, source, alpha: { () throws(DecodeFailure) in try openAlpha(bytes) })
    return source.hasMore
  }

  private func load(
    _ picture: PixelPicture, into pixels: UnsafeMutablePointer<Float>
  ) throws(DecodeFailure) {
    try place(into: pixels, picture.colours(color), alpha: { () throws(DecodeFailure) in picture.alpha })
  }

  /// - Parameter alpha: the opacity from the first row on; `nil` where there is none.
  private func place(
    into pixels: UnsafeMutablePointer<Float>, _ source: any RowSource,
    alpha: () throws(DecodeFailure) -> (any RowSource)?
  ) throws(DecodeFailure) {
    switch color {
    case .rgb: try resized(source, into: pixels)
    case .grayscale: try placeLevels(of: source, in: pixels, channel: 0)
    case .rgba: try placeWithAlpha(source, alpha, into: pixels)
    }
  }

  /// Resizes a picture whose channels are all the same, and puts the one of them into a channel of `pixels`.
  private func placeLevels(
    of source: any RowSource, in pixels: UnsafeMutablePointer<Float>, channel: Int
  ) throws(DecodeFailure) {
    let triples = Scratch<Float>(height * width * 3, filledWith: 0)
    try resized(source, into: triples.start)
    for pixel in 0..<height * width { pixels[color.channels * pixel + channel] = triples.start[3 * pixel] }
  }

  /// Colour and alpha are resized each for itself. Pillow's filters see colours times their alpha.
  private func placeWithAlpha(
    _ source: any RowSource, _ openAlpha: () throws(DecodeFailure) -> (any RowSource)?,
    into pixels: UnsafeMutablePointer<Float>
  ) throws(DecodeFailure) {
    // Filters round what is opaque as well.
    let alpha = try openAlpha()
    try placeLevels(
      of: alpha ?? OpaqueRows(width: source.width, height: source.height), in: pixels, channel: 3)
    guard resize == .lanczos, alpha != nil, let again = try openAlpha() else {
      return try placeColours(of: source, in: pixels)
    }
    try placeColours(of: PremultipliedRows(source, alpha: again), in: pixels)
    for pixel in 0..<height * width { divideByAlpha(pixels + 4 * pixel) }
  }

  private func placeColours(
    of source: any RowSource, in pixels: UnsafeMutablePointer<Float>
  ) throws(DecodeFailure) {
    let colours = Scratch<Float>(height * width * 3, filledWith: 0)
    try resized(source, into: colours.start)
    for pixel in 0..<height * width {
      (pixels + 4 * pixel).update(from: colours.start + 3 * pixel, count: 3)
    }
  }

  /// - Parameter pixels: with room for three channels.
  private func resized(
    _ source: any RowSource, into pixels: UnsafeMutablePointer<Float>
  ) throws(DecodeFailure) {
    switch resize {
    case .bilinear:
      try resizeBilinear(source, crop: .whole(of: source), height: height, width: width, into: pixels)
    case .cropToAspectRatio:
      let crop = Crop.centred(in: source, height: height, width: width)
      try resizeBilinear(source, crop: crop, height: height, width: width, into: pixels)
    case .bicubic: try resizeBicubic(source, height: height, width: width, into: pixels)
    case .nearest: try resizeNearest(source, height: height, width: width, into: pixels)
    case .lanczos: try resizeLanczos(source, height: height, width: width, into: pixels)
    }
  }

  private var style: DecodeStyle {
    switch resize {
    case .bilinear, .bicubic, .cropToAspectRatio: .tensorFlow
    case .nearest, .lanczos: .pillow
    }
  }

  /// The picture's opacity; `nil` where it is opaque.
  private func openAlpha(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) -> (any RowSource)? {
    guard let format = PictureFormat(bytes) else { throw describeUnknown(bytes) }
    let source: (any RowSource)? =
      switch format {
      case .png: try PNGDecoder(bytes, style: style, part: .alpha)
      case .webp: try decodeWebPAlpha(bytes)
      case .gif: try requireOpaqueGIF(bytes)
      case .bmp: try requireOpaqueBMP(bytes)
      case .jpeg: nil
      case .tiff: try PictureHelper.tiff.opacity(of: bytes, style)
      case .heif, .avif: try PictureHelper.heif.opacity(of: bytes, style)
      case .jxl: try PictureHelper.jxl.opacity(of: bytes, style)
      }
    guard let source else { return nil }
    return try turned(source, by: try orientation(of: bytes, format))
  }

  /// How a picture has still to be turned once it is decoded.
  private func orientation(
    of bytes: UnsafeRawBufferPointer, _ format: PictureFormat
  ) throws(DecodeFailure) -> Orientation {
    exif ? try exifOrientation(of: bytes, format) : .upright
  }

  func open(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) -> any RowSource {
    guard let format = PictureFormat(bytes) else { throw describeUnknown(bytes) }
    let orientation = try orientation(of: bytes, format)
    // TensorFlow has libjpeg give the luminance that is in the file, and libpng make one, by the file's own gamma where
    // that is told. What it does not read in gray (GIF, BMP, WebP in colour) follows Pillow.
    let luminance = color == .grayscale && style == .tensorFlow
    let source: any RowSource
    switch format {
    case .jpeg:
      let target = orientation.swapsSides ? (width, height) : (height, width)
      source = try JPEGDecoder(
        bytes, style: style, luminance: luminance, atLeast: fastDecode ? target : nil)
    case .png: source = try PNGDecoder(bytes, style: style, part: luminance ? .luminance : .colour)
    case .gif: source = try decodeGIF(bytes, style: style)
    case .bmp: source = try BMPDecoder(bytes)
    case .webp: source = try decodeWebP(bytes)
    case .tiff: source = try PictureHelper.tiff.colours(of: bytes, style)
    case .heif, .avif: source = try PictureHelper.heif.colours(of: bytes, style)
    case .jxl: source = try PictureHelper.jxl.colours(of: bytes, style)
    }
    let upright = try turned(source, by: orientation)
    // Of what is gray already it changes nothing.
    return color == .grayscale ? GrayRows(upright) : upright
  }
}
