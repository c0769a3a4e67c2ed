/// The maximum of each window. Padding never wins: it counts as minus infinity.
public struct MaxPooling2D: LayerKind {
  public static let className = "MaxPooling2D"

  /// Height and width of the window.
  public var poolSize: Size2D
  /// Rows and columns from one window to the next.
  public var strides: Size2D
  /// Whether the map is padded, so that every pixel is the middle of a window.
  public var padding: Padding

  /// `strides` defaults to `poolSize`, as in Keras.
  public init(poolSize: Size2D, strides: Size2D? = nil, padding: Padding = .valid) {
    self.poolSize = poolSize
    self.strides = strides ?? poolSize
    self.padding = padding
  }

  enum CodingKeys: String, CodingKey {
    case strides, padding
    case poolSize = "pool_size"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try pooledShape(of: inputs, poolSize: poolSize, strides: strides, padding: padding)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.pool(inputs[0], .maximum, poolSize, strides, padding)
  }
}

/// The mean of each window. Padding does not count, neither in the sum nor in the number of pixels.
public struct AveragePooling2D: LayerKind {
  public static let className = "AveragePooling2D"

  /// Height and width of the window.
  public var poolSize: Size2D
  /// Rows and columns from one window to the next.
  public var strides: Size2D
  /// Whether the map is padded, so that every pixel is the middle of a window.
  public var padding: Padding

  /// `strides` defaults to `poolSize`, as in Keras.
  public init(poolSize: Size2D, strides: Size2D? = nil, padding: Padding = .valid) {
    self.poolSize = poolSize
    self.strides = strides ?? poolSize
    self.padding = padding
  }

  enum CodingKeys: String, CodingKey {
    case strides, padding
    case poolSize = "pool_size"
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try pooledShape(of: inputs, poolSize: poolSize, strides: strides, padding: padding)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.pool(inputs[0], .averageOfPixels, poolSize, strides, padding)
  }
}

private func pooledShape(
  of inputs: [Shape], poolSize: Size2D, strides: Size2D, padding: Padding
) throws(GraphError) -> Shape {
  let input = try singleMap(inputs)
  try requireWindow("pool_size", poolSize, strides)
  let output = try padding.resolve(
    input: Size2D(input.height, input.width), window: poolSize, strides: strides
  ).output
  return .map(output.height, output.width, input.channels)
}

extension Lowering {
  fileprivate mutating func pool(
    _ input: ValueID, _ mode: PoolingWindow.Mode, _ size: Size2D, _ strides: Size2D, _ padding: Padding
  ) throws(GraphError) -> ValueID {
    let shape = shape(of: input)
    let (margins, output) = try padding.resolve(
      input: Size2D(shape.height, shape.width), window: size, strides: strides)
    let window = PoolingWindow(mode, window: size, strides: strides, margins: margins)
    return add(.pool(window), [input], .map(output.height, output.width, shape.channels))
  }
}
