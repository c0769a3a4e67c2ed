/// A pooling with a window.
public struct PoolingWindow: Sendable, Equatable {
  /// What becomes of the values in a window.
  public enum Mode: Sendable, Equatable {
    /// Padding never wins.
    case maximum
    /// Padding counts as zeros.
    case maximumWithZeros
    /// Padding does not count.
    case averageOfPixels
    /// Padding counts as zeros.
    case averageWithPadding
  }

  /// What becomes of the values in a window.
  public var mode: Mode
  /// Height and width.
  public var window: Size2D
  /// Rows and columns from one window to the next.
  public var strides: Size2D
  /// Pixels around the map that count as not there.
  public var margins: Margins

  /// - Parameter margins: pixels around the map that count as not there.
  public init(_ mode: Mode, window: Size2D, strides: Size2D = Size2D(1), margins: Margins = .zero) {
    self.mode = mode
    self.window = window
    self.strides = strides
    self.margins = margins
  }
}
