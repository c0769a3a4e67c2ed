import CTIFFShim
import Glibc
import ZooDecoding

/// The first picture of a TIFF file, read with libtiff: in strips or tiles, of any compression that libtiff knows.
///
/// The pixels are those of Pillow's `convert("RGB")`.
final class TIFFPicture {
  private let handle: OpaquePointer
  private let info: zoo_tiff_info
  private let layout: TIFFLayout

  /// - Parameter bytes: must stay valid as long as this object lives.
  init(_ bytes: UnsafeRawBufferPointer) throws(DecodeFailure) {
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    guard let handle = zoo_tiff_open(start, bytes.count) else { throw .library }
    var info = zoo_tiff_info()
    zoo_tiff_read_info(handle, &info)
    do throws(DecodeFailure) {
      try checkSize(width: Int(info.width), height: Int(info.height))
      layout = try TIFFLayout(info) { () throws(DecodeFailure) in try palette(of: handle, bits: info.bits) }
      if info.photometric == 6, zoo_tiff_decode_as_rgb(handle) == 0 { throw .library }
    } catch {
      zoo_tiff_close(handle)
      throw error
    }
    self.handle = handle
    self.info = info
  }

  deinit { zoo_tiff_close(handle) }

  func decode(_ order: PictureOrder, into sink: inout PictureSink) throws(DecodeFailure) {
    let isOpaque = if case .opaque = layout.opacity { true } else { false }
    let (width, height) = (Int(info.width), Int(info.height))
    try sink.begin(
      PictureHead(
        width: width, height: height, isOpaque: isOpaque,
        orientation: Orientation(number: Int(info.orientation)), hasMore: info.pages > 1))
    guard order.part == .colour || !isOpaque else { return }
    var rows = TIFFRows(layout, order, width: width)
    let band = try TIFFBand(handle, info, layout)
    for top in stride(from: 0, to: height, by: band.mostRows) {
      let count = min(band.mostRows, height - top)
      try band.read(from: top, count: count)
      for row in 0..<count {
        try rows.convert(band, row: row).withUnsafeBufferPointer { pixels throws(DecodeFailure) in
          try sink.put(pixels)
        }
      }
    }
  }
}

extension DecodeFailure {
  /// What libtiff says.
  static var library: DecodeFailure { .corrupt("TIFF", String(cString: zoo_tiff_message())) }
}

private func palette(of handle: OpaquePointer, bits: UInt16) throws(DecodeFailure) -> [SIMD3<UInt8>] {
  var (red, green, blue) = (
    UnsafePointer<UInt16>?.none, UnsafePointer<UInt16>?.none, UnsafePointer<UInt16>?.none
  )
  guard bits <= 8, zoo_tiff_palette(handle, &red, &green, &blue) != 0, let red, let green, let blue else {
    throw .corrupt("TIFF", "it has no palette")
  }
  let colours = (0..<1 << Int(bits)).map { SIMD3(red[$0], green[$0], blue[$0]) }
  // Some programs have written 8 bits.
  guard colours.contains(where: { $0.max() > 255 }) else {
    throw DecodeFailure(
      "has a palette of which it is not clear whether it has 8 or 16 bits", advice: "save it again")
  }
  return colours.map { SIMD3<UInt8>(truncatingIfNeeded: $0 &>> 8) }
}

/// Rows that are decoded together: a strip, or tiles side by side. As libtiff gives them, plane after plane.
final class TIFFBand {
  /// But for the last one.
  let mostRows: Int
  let planes: Int
  /// Bytes of a row of a plane.
  let rowSize: Int
  private let handle: OpaquePointer
  private let info: zoo_tiff_info
  private let planeSize: Int
  private let bitsPerPixel: Int
  private let pixels: UnsafeMutableRawPointer
  private let tile: UnsafeMutableRawPointer?
  private let tileSize: Int

  init(_ handle: OpaquePointer, _ info: zoo_tiff_info, _ layout: TIFFLayout) throws(DecodeFailure) {
    let (width, height) = (Int(info.width), Int(info.height))
    self.handle = handle
    self.info = info
    planes = info.is_planar != 0 ? layout.samples : 1
    bitsPerPixel = layout.bits * layout.samples / planes
    rowSize = (width * bitsPerPixel + 7) / 8
    mostRows = max(1, min(Int(info.block_height), height))
    planeSize = rowSize * mostRows
    tileSize = info.is_tiled != 0 ? try Self.tileSize(handle, info, bitsPerPixel) : 0
    guard info.is_tiled != 0 || zoo_tiff_row_size(handle) == UInt64(rowSize) else {
      throw .corrupt("TIFF", "its rows have another size than their samples")
    }
    guard let pixels = malloc(planeSize * planes) else { throw .noMemory }
    self.pixels = pixels
    tile = tileSize > 0 ? malloc(tileSize) : nil
    guard tileSize == 0 || tile != nil else {
      free(pixels)
      throw .noMemory
    }
  }

  deinit {
    free(pixels)
    free(tile)
  }

  private static func tileSize(
    _ handle: OpaquePointer, _ info: zoo_tiff_info, _ bitsPerPixel: Int
  ) throws(DecodeFailure) -> Int {
    try checkSize(width: Int(info.block_width), height: Int(info.block_height))
    let size = (Int(info.block_width) * bitsPerPixel + 7) / 8 * Int(info.block_height)
    guard zoo_tiff_tile_size(handle) == UInt64(size) else {
      throw .corrupt("TIFF", "its tiles have another size than their samples")
    }
    return size
  }

  /// A row of a plane, numbered from the band's first.
  func row(_ row: Int, plane: Int) -> UnsafePointer<UInt8> {
    UnsafePointer((pixels + plane * planeSize + row * rowSize).assumingMemoryBound(to: UInt8.self))
  }

  func read(from top: Int, count: Int) throws(DecodeFailure) {
    for plane in 0..<planes {
      let target = pixels + plane * planeSize
      if let tile {
        try readTiles(from: top, count: count, plane: plane, through: tile, into: target)
      } else if zoo_tiff_read_strip(handle, UInt32(top), UInt16(plane), target, rowSize * count) == 0 {
        throw .library
      }
    }
  }

  private func readTiles(
    from top: Int, count: Int, plane: Int, through tile: UnsafeMutableRawPointer,
    into target: UnsafeMutableRawPointer
  ) throws(DecodeFailure) {
    let tileRow = (Int(info.block_width) * bitsPerPixel + 7) / 8
    for left in stride(from: 0, to: Int(info.width), by: Int(info.block_width)) {
      guard zoo_tiff_read_tile(handle, UInt32(left), UInt32(top), UInt16(plane), tile, tileSize) != 0 else {
        throw .library
      }
      // The width of tiles is a multiple of 16, so each begins at a whole byte.
      let start = left * bitsPerPixel / 8
      for row in 0..<count {
        (target + row * rowSize + start).copyMemory(
          from: tile + row * tileRow, byteCount: min(tileRow, rowSize - start))
      }
    }
  }
}
