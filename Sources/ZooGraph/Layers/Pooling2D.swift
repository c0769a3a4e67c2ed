/// The maximum of each window. Padding never wins: it counts as minus infinity.
public struct MaxPooling2D: LayerKind {
  public static let className = "MaxPooling2D"

  public var poolSize: Size2D
  public var strides: Size2D
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
}

/// The mean of each window. Padding does not count, neither in the sum nor in the number of pixels.
public struct AveragePooling2D: LayerKind {
  public static let className = "AveragePooling2D"

  public var poolSize: Size2D
  public var strides: Size2D
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
}

private func pooledShape(
  of inputs: [Shape], poolSize: Size2D, strides: Size2D, padding: Padding
) throws(GraphError) -> Shape {
  let input = try singleMap(inputs)
  try requireWindow(poolSize, strides)
  let output = try padding.resolve(
    input: Size2D(input.height, input.width), window: poolSize, strides: strides
  ).output
  return .map(output.height, output.width, input.channels)
}
