/// A pooling with a window.
public struct PoolingWindow: Sendable, Equatable {
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

  public var mode: Mode
  public var window: Size2D
  public var strides: Size2D
  public var margins: Margins

  public init(_ mode: Mode, window: Size2D, strides: Size2D = Size2D(1), margins: Margins = .zero) {
    self.mode = mode
    self.window = window
    self.strides = strides
    self.margins = margins
  }
}
