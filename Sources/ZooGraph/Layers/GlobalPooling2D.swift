/// The mean of each channel: a vector, or a 1×1 map with `keepdims`.
public struct GlobalAveragePooling2D: LayerKind {
  public static let className = "GlobalAveragePooling2D"

  public var keepdims: Bool

  public init(keepdims: Bool = false) {
    self.keepdims = keepdims
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let channels = try singleMap(inputs).channels
    return keepdims ? .map(1, 1, channels) : .vector(channels)
  }
}

/// The maximum of each channel: a vector, or a 1×1 map with `keepdims`.
public struct GlobalMaxPooling2D: LayerKind {
  public static let className = "GlobalMaxPooling2D"

  public var keepdims: Bool

  public init(keepdims: Bool = false) {
    self.keepdims = keepdims
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let channels = try singleMap(inputs).channels
    return keepdims ? .map(1, 1, channels) : .vector(channels)
  }
}
