import ZooDecoding

/// What a BMP says about itself before its pixels: Windows' headers of 40 bytes and more, and OS/2's of 12.
struct BMPHeader {
  enum Layout {
    /// Indices of 1, 4 or 8 bits into the palette.
    case indexed(bits: Int)
    /// Runs of indices of 4 or 8 bits.
    case runs(bits: Int)
    /// Pixels of 2, 3 or 4 bytes with a bit mask per channel: red, green, blue.
    case masked(bytes: Int, masks: SIMD3<UInt32>)
  }

  var width: Int
  var height: Int
  var isTopDown: Bool
  var layout: Layout
  var palette: [SIMD3<UInt8>]
  var pixelOffset: Int

  init(_ bytes: BMPBytes) throws(DecodeFailure) {
    let headerSize = Int(try bytes.uint32(14))
    let isOS2 = headerSize == 12
    guard isOS2 || (40...124).contains(headerSize) else {
      throw .corrupt("BMP", "a header of \(headerSize) bytes is unknown")
    }
    let signedHeight = isOS2 ? Int(try bytes.uint16(20)) : Int(Int32(bitPattern: try bytes.uint32(22)))
    width = isOS2 ? Int(try bytes.uint16(18)) : Int(Int32(bitPattern: try bytes.uint32(18)))
    height = Int(signedHeight.magnitude)
    isTopDown = signedHeight < 0
    try checkSize(width: width, height: height)
    let bits = Int(try bytes.uint16(isOS2 ? 24 : 28))
    let compression = isOS2 ? 0 : Int(try bytes.uint32(30))
    layout = try Self.layout(bits: bits, compression: compression, bytes)
    let masksAfterHeader = compression == 3 && headerSize == 40 ? 12 : 0
    let paletteStart = 14 + headerSize + masksAfterHeader
    palette = []
    pixelOffset = Int(try bytes.uint32(10))
    if bits <= 8 {
      let claimed = isOS2 ? 0 : Int(try bytes.uint32(46))
      let count = claimed == 0 ? 1 << bits : min(claimed, 1 << bits)
      palette = try Self.palette(bytes, at: paletteStart, count: count, entrySize: isOS2 ? 3 : 4)
    }
    guard pixelOffset >= paletteStart else {
      throw .corrupt("BMP", "its pixels are said to begin inside of the header")
    }
  }

  private static func layout(
    bits: Int, compression: Int, _ bytes: BMPBytes
  ) throws(DecodeFailure) -> Layout {
    switch (compression, bits) {
    case (0, 1), (0, 4), (0, 8): return .indexed(bits: bits)
    case (1, 8), (2, 4): return .runs(bits: bits)
    case (0, 16): return .masked(bytes: 2, masks: SIMD3(0x7C00, 0x03E0, 0x001F))
    case (0, 24), (0, 32): return .masked(bytes: bits / 8, masks: SIMD3(0xFF0000, 0xFF00, 0xFF))
    case (3, 16), (3, 24), (3, 32):
      let masks = SIMD3(try bytes.uint32(54), try bytes.uint32(58), try bytes.uint32(62))
      let isSet = masks.x != 0 && masks.y != 0 && masks.z != 0
      return .masked(bytes: bits / 8, masks: isSet ? masks : SIMD3(0xFF0000, 0xFF00, 0xFF))
    default:
      throw DecodeFailure(
        "is a BMP with \(bits) bits per pixel and compression \(compression), which is not read here",
        advice: "convert it to PNG")
    }
  }

  /// Always 256 colours, black where the file has fewer.
  private static func palette(
    _ bytes: BMPBytes, at start: Int, count: Int, entrySize: Int
  ) throws(DecodeFailure) -> [SIMD3<UInt8>] {
    var colours = [SIMD3<UInt8>](repeating: SIMD3(), count: 256)
    for index in 0..<count {
      let entry = try bytes.slice(start + index * entrySize, count: 3)
      colours[index] = SIMD3(entry[2], entry[1], entry[0])
    }
    return colours
  }
}

/// Little-endian numbers of a file that may end anywhere.
struct BMPBytes {
  var bytes: UnsafeRawBufferPointer

  func slice(_ offset: Int, count: Int) throws(DecodeFailure) -> UnsafeRawBufferPointer {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
      throw .corrupt("BMP", "the file ends too early")
    }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  func uint16(_ offset: Int) throws(DecodeFailure) -> UInt16 {
    UInt16(littleEndian: try slice(offset, count: 2).loadUnaligned(as: UInt16.self))
  }

  func uint32(_ offset: Int) throws(DecodeFailure) -> UInt32 {
    UInt32(littleEndian: try slice(offset, count: 4).loadUnaligned(as: UInt32.self))
  }
}
