/// `x · scale + offset`.
public struct Rescaling: LayerKind {
  public static let className = "Rescaling"

  public var scale: Double
  public var offset: Double

  public init(scale: Double, offset: Double = 0) {
    self.scale = scale
    self.offset = offset
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard scale.isFinite, offset.isFinite else {
      throw GraphError("scale and offset must be finite, found \(scale) and \(offset)")
    }
    return try single(inputs)
  }
}
