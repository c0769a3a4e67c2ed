import CWebP
import ZooDecoding
import ZooSystem

/// The orientation that a picture's EXIF block tells, as Pillow's `exif_transpose` applies it. TIFF, HEIF, AVIF and JPEG XL
/// have one of their own, which is always applied; GIF and BMP have none.
///
/// - Throws: `DecodeFailure` for a block that cannot be understood.
func exifOrientation(
  of bytes: UnsafeRawBufferPointer, _ format: PictureFormat
) throws(DecodeFailure) -> Orientation {
  let block: [UInt8]?
  switch format {
  case .jpeg: block = exifInJPEG(bytes)
  case .png: block = exifInPNG(bytes)
  case .webp: block = exifInWebP(bytes)
  case .gif, .bmp, .tiff, .heif, .avif, .jxl: block = nil
  }
  guard let block else { return .upright }
  return try ExifBlock(block).orientation()
}

/// Whether a picture's EXIF orientation says that it has to be turned.
///
/// - Throws: `FileError` when the file cannot be read, or its EXIF block cannot be understood.
package func exifTurns(_ path: String) throws(FileError) -> Bool {
  let bytes = try InputFile.contents(of: path, limit: ImageLoader.mostBytes)
  do throws(DecodeFailure) {
    return try bytes.withUnsafeBufferPointer { bytes throws(DecodeFailure) in
      let bytes = UnsafeRawBufferPointer(bytes)
      guard let format = PictureFormat(bytes) else { return false }
      return try exifOrientation(of: bytes, format) != .upright
    }
  } catch {
    throw FileError(path, error)
  }
}

/// What stands before the block in JPEG, and by the habit of some programs elsewhere.
private let exifName = Array("Exif\0\0".utf8)

/// The segments APP1 before the first scan; a large block is spread over several.
private func exifInJPEG(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
  var block: [UInt8]?
  var place = 2
  while place + 4 <= bytes.count, bytes[place] == 0xFF {
    let marker = bytes[place + 1]
    switch marker {
    // Filling.
    case 0xFF: place += 1
    // Without a length.
    case 0x01, 0xD0...0xD8: place += 2
    // Start of a scan, end of the picture.
    case 0xDA, 0xD9: return block
    default:
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      let content = bytes.dropFirst(place + 4).prefix(max(0, length - 2))
      if marker == 0xE1, content.starts(with: exifName) {
        block = (block ?? []) + content.dropFirst(exifName.count)
      }
      place += 2 + max(2, length)
    }
  }
  return block
}

/// The chunk eXIf, before or behind the pixels.
private func exifInPNG(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
  var place = 8
  while place + 12 <= bytes.count {
    let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
    guard length <= bytes.count - place - 12 else { return nil }
    let kind = bytes[(place + 4)..<(place + 8)]
    if kind.elementsEqual("eXIf".utf8) { return Array(bytes[(place + 8)..<(place + 8 + length)]) }
    if kind.elementsEqual("IEND".utf8) { return nil }
    place += 12 + length
  }
  return nil
}

private func exifInWebP(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
  var data = WebPData(bytes: bytes.bindMemory(to: UInt8.self).baseAddress, size: bytes.count)
  guard let file = WebPDemux(&data) else { return nil }
  defer { WebPDemuxDelete(file) }
  var chunk = WebPChunkIterator()
  guard WebPDemuxGetChunk(file, "EXIF", 1, &chunk) != 0 else { return nil }
  defer { WebPDemuxReleaseChunkIterator(&chunk) }
  return Array(UnsafeBufferPointer(start: chunk.chunk.bytes, count: chunk.chunk.size))
}

/// An EXIF block: a TIFF file without a picture. Of its first directory the orientation is read.
private struct ExifBlock {
  private static let orientationTag = 0x0112

  private let bytes: [UInt8]
  private let isBigEndian: Bool

  init(_ block: [UInt8]) throws(DecodeFailure) {
    var rest = block[...]
    while rest.starts(with: exifName) { rest = rest.dropFirst(exifName.count) }
    bytes = Array(rest)
    isBigEndian = bytes.starts(with: [0x4D, 0x4D, 0, 0x2A])
    guard isBigEndian || bytes.starts(with: [0x49, 0x49, 0x2A, 0]) || bytes.isEmpty else {
      throw Self.damaged("it does not begin as one")
    }
  }

  func orientation() throws(DecodeFailure) -> Orientation {
    guard !bytes.isEmpty else { return .upright }
    let directory = try number(at: 4, bytes: 4)
    for entry in 0..<(try number(at: directory, bytes: 2)) {
      let place = directory + 2 + 12 * entry
      guard try number(at: place, bytes: 2) == Self.orientationTag else { continue }
      let (kind, count) = (try number(at: place + 2, bytes: 2), try number(at: place + 4, bytes: 4))
      guard let size = [1: 1, 3: 2, 4: 4][kind], count == 1 else {
        throw Self.damaged("its orientation is no number")
      }
      return Orientation(number: try number(at: place + 8, bytes: size))
    }
    return .upright
  }

  private func number(at place: Int, bytes size: Int) throws(DecodeFailure) -> Int {
    guard place <= bytes.count - size else { throw Self.damaged("it ends early") }
    let digits = bytes[place..<(place + size)]
    return (isBigEndian ? Array(digits) : digits.reversed()).reduce(0) { $0 << 8 | Int($1) }
  }

  private static func damaged(_ detail: String) -> DecodeFailure {
    DecodeFailure(
      "has a damaged EXIF block, which --exif needs: \(detail)",
      advice: "save the picture again, or leave out --exif")
  }
}
