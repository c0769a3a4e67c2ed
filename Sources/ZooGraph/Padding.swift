/// How a convolution or a pooling treats the border. The meaning is TensorFlow's.
public enum Padding: String, Sendable, Codable {
  /// No padding: the window stays inside the map.
  case valid
  /// As much zero padding as makes `output = ceil(input / stride)`; an odd pixel goes to the bottom and right.
  case same

  /// The zero rows and columns around an input of `input`, and the resulting output size.
  ///
  /// - Throws: `GraphError` when the window does not fit into the input.
  public func resolve(
    input: Size2D, window: Size2D, strides: Size2D, dilation: Size2D = Size2D(1)
  ) throws(GraphError) -> (margins: Margins, output: Size2D) {
    let rows = try axis(input.height, window.height, strides.height, dilation.height)
    let columns = try axis(input.width, window.width, strides.width, dilation.width)
    return (
      Margins(top: rows.before, bottom: rows.after, left: columns.before, right: columns.after),
      Size2D(rows.output, columns.output)
    )
  }

  private func axis(
    _ input: Int, _ window: Int, _ stride: Int, _ dilation: Int
  ) throws(GraphError) -> (before: Int, after: Int, output: Int) {
    let reach = (window - 1) * dilation + 1
    switch self {
    case .valid:
      guard input >= reach else {
        throw GraphError("the window of \(reach) pixels does not fit into an input of \(input)")
      }
      return (0, 0, (input - reach) / stride + 1)
    case .same:
      let output = (input + stride - 1) / stride
      let total = max(0, (output - 1) * stride + reach - input)
      return (total / 2, total - total / 2, output)
    }
  }
}
