import ZooDecoding
import ZooSystem

/// A picture being decoded: 8-bit RGB rows, from the top to the bottom.
///
/// Not for use by more than one thread.
protocol RowSource: AnyObject {
  var width: Int { get }
  var height: Int { get }
  /// Whether the file holds more pictures, behind this first one.
  var hasMore: Bool { get }
  /// Writes the next row, `3 * width` bytes. Called at most `height` times.
  func readRow(into row: UnsafeMutablePointer<UInt8>) throws(DecodeFailure)
  /// After the last row: whatever the format has to say at its end.
  func finish() throws(DecodeFailure)
}

extension RowSource {
  var hasMore: Bool { false }
  func finish() throws(DecodeFailure) {}
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

extension FileError {
  init(_ path: String, _ failure: DecodeFailure) {
    self.init(path, failure.reason, advice: failure.advice)
  }
}
