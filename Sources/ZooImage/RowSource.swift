/// A picture being decoded: 8-bit RGB rows, from the top to the bottom.
///
/// Not for use by more than one thread.
protocol RowSource: AnyObject {
  var width: Int { get }
  var height: Int { get }
  /// Writes the next row, `3 * width` bytes. Called at most `height` times.
  func readRow(into row: UnsafeMutablePointer<UInt8>) throws(DecodeFailure)
  /// After the last row: whatever the format has to say at its end.
  func finish() throws(DecodeFailure)
}

extension RowSource {
  func finish() throws(DecodeFailure) {}
}

/// Where `tf.io.decode_image` and Pillow's `convert("RGB")` make different pixels of one file.
enum DecodeStyle {
  case tensorFlow, pillow
}

/// Pillow refuses larger pictures too (`DecompressionBombError`).
private let mostPixels = 178_956_970
/// libpng's own limit. Bounds the memory for the weights of a filter that spans a whole row.
private let longestSide = 1_000_000

/// Refuses a picture by the size that its header claims, before anything of that size is allocated.
func checkSize(width: Int, height: Int) throws(DecodeFailure) {
  guard width > 0, height > 0 else {
    throw DecodeFailure("claims a size of \(width)×\(height) pixels")
  }
  guard max(width, height) <= longestSide else {
    throw DecodeFailure(
      "has \(width)×\(height) pixels, and more than \(longestSide) to a side", advice: "crop it first")
  }
  let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
  guard !overflow, pixels <= mostPixels else {
    throw DecodeFailure(
      "has \(width)×\(height) pixels, more than the \(mostPixels) allowed", advice: "scale it down first")
  }
}

/// Memory for pixels, with a few elements more, so that vectors of four may be moved at the last pixel.
final class Scratch<Element: BitwiseCopyable> {
  let start: UnsafeMutablePointer<Element>
  private let count: Int

  init(_ count: Int, filledWith value: Element) {
    self.count = count + 4
    start = .allocate(capacity: self.count)
    start.initialize(repeating: value, count: self.count)
  }

  deinit { start.deallocate() }
}
