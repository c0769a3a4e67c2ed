import CImageShim
import Glibc
import Synchronization
import ZooDecoding
import ZooSystem

/// A small copy of a picture, as the bytes of a JPEG.
public struct Thumbnail: Sendable, Equatable {
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// The file's bytes.
  public let jpeg: [UInt8]

  /// - Parameter jpeg: the file's bytes.
  public init(width: Int, height: Int, jpeg: [UInt8]) {
    self.width = width
    self.height = height
    self.jpeg = jpeg
  }

  /// Decodes the picture at `path`, large JPEGs at a fraction of their size, and makes it as large as fits into a
  /// square of `side` pixels; smaller ones keep their size.
  ///
  /// - Parameter exif: whether it is turned by its EXIF orientation, as the network sees it.
  /// - Throws: `FileError` when the file cannot be read, is no picture, is corrupt, truncated or too large.
  public init(of path: String, exif: Bool = false, side: Int = 320, quality: Int = 80) throws(FileError) {
    let bytes = try InputFile.contents(of: path, limit: ImageLoader.mostBytes)
    do throws(DecodeFailure) {
      self = try bytes.withUnsafeBufferPointer { bytes throws(DecodeFailure) in
        try Thumbnail(
          UnsafeRawBufferPointer(bytes), exif: exif, side: max(1, min(side, 4_096)), quality: quality)
      }
    } catch {
      throw FileError(path, error)
    }
  }

  /// Of a heat map, as large as it is.
  ///
  /// - Throws: `FileError` that names `path`, the picture below it, where memory does not suffice.
  public init(_ map: HeatMap, of path: String, quality: Int = 80) throws(FileError) {
    width = map.width
    height = map.height
    do throws(DecodeFailure) {
      jpeg = try Self.compress(map.pixels, width: map.width, height: map.height, quality: quality)
    } catch {
      throw FileError(path, error)
    }
  }

  /// Of several pictures, on all cores; `nil` for those that cannot be read.
  public static func of(_ paths: [String], exif: Bool = false, side: Int = 320) -> [Thumbnail?] {
    let results = Mutex([Thumbnail?](repeating: nil, count: paths.count))
    Threads.forEach(paths.count) { index in
      let thumbnail = try? Thumbnail(of: paths[index], exif: exif, side: side)
      results.withLock { $0[index] = thumbnail }
    }
    return results.withLock { $0 }
  }

  private init(_ bytes: UnsafeRawBufferPointer, exif: Bool, side: Int, quality: Int) throws(DecodeFailure) {
    let loader = ImageLoader(height: side, width: side, fastDecode: true, exif: exif)
    let source = try loader.open(bytes)
    let scale = min(1, Double(side) / Double(max(source.width, source.height)))
    let width = max(1, Int((Double(source.width) * scale).rounded()))
    let height = max(1, Int((Double(source.height) * scale).rounded()))
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    try pixels.withUnsafeMutableBufferPointer { pixels throws(DecodeFailure) in
      try reduce(source, to: (height, width), into: pixels)
    }
    self.width = width
    self.height = height
    jpeg = try Self.compress(pixels, width: width, height: height, quality: quality)
  }

  private static func compress(
    _ pixels: [UInt8], width: Int, height: Int, quality: Int
  ) throws(DecodeFailure) -> [UInt8] {
    var (bytes, count) = (UnsafeMutablePointer<UInt8>?.none, 0)
    let isWritten = zoo_jpeg_write(pixels, UInt32(width), UInt32(height), Int32(quality), &bytes, &count)
    guard isWritten != 0, let bytes else { throw DecodeFailure("cannot be made small: out of memory") }
    defer { free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }
}

/// The mean over the pixels that fall together: `size` is at most the source's.
private func reduce(
  _ source: any RowSource, to size: (height: Int, width: Int), into pixels: UnsafeMutableBufferPointer<UInt8>
) throws(DecodeFailure) {
  var feed = RowFeed(source)
  let row = Scratch<UInt8>(source.width * 3, filledWith: 0)
  let sums = Scratch<Int>(size.width * 3, filledWith: 0)
  let columns = (0...size.width).map { $0 * source.width / size.width }
  for y in 0..<size.height {
    let rows = (y * source.height / size.height)..<((y + 1) * source.height / size.height)
    sums.start.update(repeating: 0, count: size.width * 3)
    for number in rows {
      try feed.read(number, into: row.start)
      for x in 0..<size.width {
        for column in columns[x]..<columns[x + 1] {
          for channel in 0..<3 { sums.start[3 * x + channel] += Int(row.start[3 * column + channel]) }
        }
      }
    }
    for x in 0..<size.width {
      let count = max(1, rows.count * (columns[x + 1] - columns[x]))
      for channel in 0..<3 {
        pixels[(y * size.width + x) * 3 + channel] = UInt8(clamping: sums.start[3 * x + channel] / count)
      }
    }
  }
  try feed.finish()
}
