import CImageShim
import Glibc
import ZooSystem

/// Pictures as PNG files.
public enum PNGWriter {
  /// Writes rows of 8-bit gray, RGB or RGBA.
  ///
  /// - Parameter pixels: height × width × channels, of which there are 1, 3 or 4.
  /// - Throws: `FileError` when the file cannot be written; none appears then.
  public static func write(
    _ pixels: [UInt8], width: Int, height: Int, channels: Int, to path: String
  ) throws(FileError) {
    precondition([1, 3, 4].contains(channels) && pixels.count == width * height * channels)
    var (bytes, count) = (UnsafeMutablePointer<UInt8>?.none, 0)
    let isWritten = zoo_png_write(pixels, UInt32(width), UInt32(height), Int32(channels), &bytes, &count)
    guard isWritten != 0, let bytes else {
      throw FileError(path, "a picture of \(height)×\(width)×\(channels) cannot be written as PNG")
    }
    defer { free(bytes) }
    let file = try AtomicFile(path, survivesPowerFailure: false)
    try file.write(UnsafeRawBufferPointer(start: bytes, count: count))
    try file.commit()
  }
}
