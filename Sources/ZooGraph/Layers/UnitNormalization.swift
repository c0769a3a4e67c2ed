/// Values along some axes divided by the root of the sum of their squares.
public struct UnitNormalization: LayerKind {
  public static let className = "UnitNormalization"

  /// Counted from a picture's first; `nil` for the last one.
  public var axis: [Int]?

  /// With Keras' arguments, under Keras' names.
  public init(axis: [Int]? = nil) { self.axis = axis }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    let axes = axis ?? [input.rank - 1]
    guard !axes.isEmpty, axes.allSatisfy(input.dimensions.indices.contains) else {
      throw GraphError("the axes \(axes) are none of \(input)")
    }
    return input
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let axes = axis ?? [lowering.shape(of: inputs[0]).rank - 1]
    // As `normalize` in `keras/src/ops/nn.py`.
    return lowering.normalize(inputs[0], .unitLength, axes: axes, epsilon: 1e-12)
  }
}
