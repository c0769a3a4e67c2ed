/// The mean of each channel: a vector, or a 1×1 map with `keepdims`.
public struct GlobalAveragePooling2D: LayerKind {
  public static let className = "GlobalAveragePooling2D"

  /// Whether a map of one pixel is left, rather than a vector.
  public var keepdims: Bool

  /// With Keras' arguments, under Keras' names.
  public init(keepdims: Bool = false) {
    self.keepdims = keepdims
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let channels = try singleMap(inputs).channels
    return keepdims ? .map(1, 1, channels) : .vector(channels)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.poolWhole(inputs[0], .averageOfPixels, keepdims: keepdims)
  }

  public var endsFeatureMaps: Bool { true }
}

/// The maximum of each channel: a vector, or a 1×1 map with `keepdims`.
public struct GlobalMaxPooling2D: LayerKind {
  public static let className = "GlobalMaxPooling2D"

  /// Whether a map of one pixel is left, rather than a vector.
  public var keepdims: Bool

  /// With Keras' arguments, under Keras' names.
  public init(keepdims: Bool = false) {
    self.keepdims = keepdims
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let channels = try singleMap(inputs).channels
    return keepdims ? .map(1, 1, channels) : .vector(channels)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.poolWhole(inputs[0], .maximum, keepdims: keepdims)
  }

  public var endsFeatureMaps: Bool { true }
}

extension Lowering {
  fileprivate mutating func poolWhole(
    _ input: ValueID, _ mode: PoolingWindow.Mode, keepdims: Bool
  ) -> ValueID {
    let shape = shape(of: input)
    let window = PoolingWindow(mode, window: Size2D(shape.height, shape.width))
    return add(.pool(window), [input], keepdims ? .map(1, 1, shape.channels) : .vector(shape.channels))
  }
}
