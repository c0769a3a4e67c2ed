import ZooDecoding

/// Makes 8-bit RGB, or opacity, of rows of samples.
struct TIFFRows {
  private let layout: TIFFLayout
  private let part: PictureOrder.Part
  private let width: Int
  /// Whether gray of 16 bits ends at 255, as in Pillow, instead of being scaled.
  private let clips: Bool
  /// 8 bits a sample, side by side.
  private var levels: [UInt8]
  private var pixels: [UInt8]

  init(_ layout: TIFFLayout, _ order: PictureOrder, width: Int) {
    self.layout = layout
    self.width = width
    part = order.part
    // Pillow does not know that 0 may be white with 16 bits.
    if case .gray(isInverted: false) = layout.colours, layout.samples == 1 {
      clips = layout.bits == 16 && order.style == .pillow
    } else {
      clips = false
    }
    levels = Array(repeating: 0, count: width * layout.samples)
    pixels = Array(repeating: 0, count: width * order.part.bytesPerPixel)
  }

  /// - Returns: the pixels of a row, valid until the next call.
  mutating func convert(_ band: TIFFBand, row: Int) -> [UInt8] {
    for plane in 0..<band.planes {
      unpack(band.row(row, plane: plane), plane: plane, of: band.planes)
    }
    switch part {
    case .alpha: takeOpacity()
    case .colour: takeColours()
    }
    return pixels
  }

  private mutating func unpack(_ row: UnsafePointer<UInt8>, plane: Int, of planes: Int) {
    let count = width * layout.samples / planes
    switch layout.bits {
    case 8: for index in 0..<count { levels[index * planes + plane] = row[index] }
    case 16:
      let words = UnsafeRawPointer(row)
      for index in 0..<count {
        // libtiff gives them in the processor's order.
        let value = words.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        levels[index * planes + plane] = clips ? UInt8(clamping: value) : UInt8(value >> 8)
      }
    case let bits:
      let mask = UInt8(1 << bits - 1)
      for index in 0..<count {
        let shift = 8 - bits - index * bits % 8
        levels[index * planes + plane] = row[index * bits / 8] >> UInt8(shift) & mask
      }
    }
  }

  private mutating func takeOpacity() {
    let place = layout.colours.samples
    for pixel in 0..<width { pixels[pixel] = levels[pixel * layout.samples + place] }
  }

  private mutating func takeColours() {
    switch layout.colours {
    case .gray(let isInverted): takeGray(isInverted)
    case .palette(let colours):
      for pixel in 0..<width { set(pixel, colours[Int(levels[pixel * layout.samples])]) }
    case .rgb: takeRGB()
    case .cmyk: takeCMYK()
    }
  }

  private mutating func takeGray(_ isInverted: Bool) {
    let scale = layout.bits < 8 ? 255 / UInt8(1 << layout.bits - 1) : 1
    for pixel in 0..<width {
      let level = levels[pixel * layout.samples] * scale
      set(pixel, SIMD3(repeating: isInverted ? 255 - level : level))
    }
  }

  private mutating func takeRGB() {
    for pixel in 0..<width {
      let place = pixel * layout.samples
      var colour = SIMD3(levels[place], levels[place + 1], levels[place + 2])
      if case .premultiplied = layout.opacity { colour = divided(colour, by: levels[place + 3]) }
      set(pixel, colour)
    }
  }

  /// As Pillow unpacks `RGBa`: rounded down.
  private func divided(_ colour: SIMD3<UInt8>, by alpha: UInt8) -> SIMD3<UInt8> {
    guard alpha > 0 else { return SIMD3() }
    let wide = SIMD3<UInt32>(truncatingIfNeeded: colour) &* 255 / UInt32(alpha)
    return SIMD3<UInt8>(clamping: wide)
  }

  /// As Pillow's `cmyk2rgb`.
  private mutating func takeCMYK() {
    for pixel in 0..<width {
      let place = pixel * layout.samples
      let light = 255 - Int32(levels[place + 3])
      var colour = SIMD3<UInt8>()
      for channel in 0..<3 {
        let product = Int32(levels[place + channel]) * light + 128
        colour[channel] = UInt8(clamping: light - ((product >> 8) + product) >> 8)
      }
      set(pixel, colour)
    }
  }

  @inline(__always) private mutating func set(_ pixel: Int, _ colour: SIMD3<UInt8>) {
    pixels[3 * pixel] = colour.x
    pixels[3 * pixel + 1] = colour.y
    pixels[3 * pixel + 2] = colour.z
  }
}
