/// Inputs side by side along an axis.
public struct Concatenate: LayerKind {
  public static let className = "Concatenate"

  /// Counted from a picture's first; `nil` for the last one, the channels.
  public var axis: Int?

  /// With Keras' arguments, under Keras' names.
  public init(axis: Int? = nil) { self.axis = axis }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard let first = inputs.first else { throw GraphError("takes at least one input") }
    let axis = axis ?? first.rank - 1
    guard first.dimensions.indices.contains(axis) else {
      throw GraphError("axis \(axis) is none of \(first)")
    }
    var result = first
    for input in inputs.dropFirst() {
      var other = input
      guard input.rank == first.rank else { throw Self.mismatch(first, input, axis) }
      other.dimensions[axis] = first.dimensions[axis]
      guard other == first else { throw Self.mismatch(first, input, axis) }
      result.dimensions[axis] += input.dimensions[axis]
    }
    return result
  }

  private static func mismatch(_ first: Shape, _ input: Shape, _ axis: Int) -> GraphError {
    let what = axis == first.rank - 1 ? "in their channels" : "along axis \(axis)"
    return GraphError("inputs may differ \(what) only, found \(first) and \(input)")
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.concatenate(inputs, axis: axis ?? lowering.shape(of: inputs[0]).rank - 1)
  }
}
