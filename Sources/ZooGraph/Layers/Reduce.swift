/// One number of all values along some axes: a sum, a mean, the largest one.
public struct Reduce: LayerKind {
  public static let className = "Reduce"

  /// What becomes of the values that fall together.
  public var function: Reduction.Function
  /// Counted from a picture's first.
  public var axes: [Int]
  /// Whether the axes stay, with one step.
  public var keepdims: Bool

  /// With Keras' arguments, under Keras' names.
  public init(_ function: Reduction.Function, axes: [Int], keepdims: Bool = false) {
    self.function = function
    self.axes = axes
    self.keepdims = keepdims
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard Set(axes).count == axes.count, axes.allSatisfy(input.dimensions.indices.contains) else {
      throw GraphError("the axes \(axes) are none of \(input)")
    }
    return Shape(
      input.dimensions.indices.compactMap { axes.contains($0) ? (keepdims ? 1 : nil) : input.dimensions[$0] })
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.reduce(inputs[0], function, axes: axes, keepdims: keepdims)
  }

  public var endsFeatureMaps: Bool { false }
}
