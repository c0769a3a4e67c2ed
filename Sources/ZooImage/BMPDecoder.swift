import ZooDecoding

/// Reads BMP: 1, 4, 8 (plain or in runs), 16, 24 and 32 bits. Alpha is dropped.
///
/// TensorFlow shows palette indices as gray levels and refuses 1, 4 and 16 bits, so a palette follows Pillow
/// in every style.
final class BMPDecoder: RowSource {
  private let header: BMPHeader
  private let bytes: BMPBytes
  private let rowBytes: Int
  /// Of a picture stored in runs.
  private var indices: Scratch<UInt8>?
  private var nextRow = 0
  let width: Int
  let height: Int

  /// - Parameter bytes: must stay valid as long as this object lives.
  init(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) {
    self.bytes = BMPBytes(bytes: bytes)
    header = try BMPHeader(self.bytes)
    width = header.width
    height = header.height
    switch header.layout {
    case .indexed(let bits): rowBytes = (width * bits + 31) / 32 * 4
    case .masked(let size, _): rowBytes = (width * size + 3) / 4 * 4
    case .runs(let bits):
      rowBytes = width
      var runs = BMPRuns(bytes: self.bytes, position: header.pixelOffset, width: width, height: height)
      indices = try runs.decode(bits: bits)
    }
  }

  func readRow(into row: UnsafeMutablePointer<UInt8>) throws(DecodeFailure) {
    let line = header.isTopDown ? nextRow : height - 1 - nextRow
    nextRow += 1
    switch header.layout {
    case .runs:
      guard let indices else { return }
      for pixel in 0..<width { set(row, pixel, header.palette[Int(indices.start[line * width + pixel])]) }
    case .indexed(let bits): readIndexed(try stored(line, bits: width * bits), bits: bits, into: row)
    case .masked(let size, let masks):
      readMasked(try stored(line, bits: width * size * 8), size: size, masks: masks, into: row)
    }
  }

  /// The bytes of a row without its padding, which the last row may lack.
  private func stored(_ line: Int, bits: Int) throws(DecodeFailure) -> UnsafeRawBufferPointer {
    try bytes.slice(header.pixelOffset + line * rowBytes, count: (bits + 7) / 8)
  }

  private func readIndexed(_ line: UnsafeRawBufferPointer, bits: Int, into row: UnsafeMutablePointer<UInt8>) {
    let perByte = 8 / bits
    for pixel in 0..<width {
      let shift = 8 - bits * (pixel % perByte + 1)
      let index = Int(line[pixel / perByte]) >> shift & (1 << bits - 1)
      set(row, pixel, header.palette[index])
    }
  }

  private func readMasked(
    _ line: UnsafeRawBufferPointer, size: Int, masks: SIMD3<UInt32>, into row: UnsafeMutablePointer<UInt8>
  ) {
    if size >= 3, masks == SIMD3(0xFF0000, 0xFF00, 0xFF) {
      for pixel in 0..<width {
        set(row, pixel, SIMD3(line[size * pixel + 2], line[size * pixel + 1], line[size * pixel]))
      }
      return
    }
    let channels = [masks.x, masks.y, masks.z].map(Channel.init)
    for pixel in 0..<width {
      var value: UInt32 = 0
      for byte in 0..<size { value |= UInt32(line[size * pixel + byte]) << UInt32(8 * byte) }
      set(row, pixel, SIMD3(channels[0].level(value), channels[1].level(value), channels[2].level(value)))
    }
  }

  @inline(__always)
  private func set(_ row: UnsafeMutablePointer<UInt8>, _ pixel: Int, _ colour: SIMD3<UInt8>) {
    row[3 * pixel] = colour.x
    row[3 * pixel + 1] = colour.y
    row[3 * pixel + 2] = colour.z
  }
}

/// One channel of a pixel that has a bit mask for each.
private struct Channel {
  let mask: UInt32
  let shift: UInt32
  let most: UInt64

  init(_ mask: UInt32) {
    self.mask = mask
    shift = UInt32(mask.trailingZeroBitCount)
    most = UInt64(mask >> shift)
  }

  /// Scaled to 0…255.
  func level(_ pixel: UInt32) -> UInt8 {
    UInt8(truncatingIfNeeded: UInt64((pixel & mask) >> shift) * 255 / most)
  }
}
