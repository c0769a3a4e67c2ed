/// Products of the matrices that lie in the last two axes; all of the first input's with the second's only one, where that
/// has no more axes.
public struct MatMul: LayerKind {
  public static let className = "MatMul"

  /// A layer without parameters.
  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else { throw GraphError("takes two inputs, found \(inputs.count)") }
    let (first, second) = (inputs[0].dimensions, inputs[1].dimensions)
    guard first.count >= 2,
      second.count == 2 || first.count == second.count && first.dropLast(2) == second.dropLast(2)
    else {
      throw GraphError("cannot multiply \(inputs[0]) and \(inputs[1]) as matrices")
    }
    let (left, right) = (Array(first.suffix(2)), Array(second.suffix(2)))
    guard left[1] == right[0] else {
      throw GraphError("cannot multiply matrices of \(left[0])×\(left[1]) and \(right[0])×\(right[1])")
    }
    return Shape(first.dropLast(2) + [left[0], right[1]])
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let first = lowering.shape(of: inputs[0])
    guard first.rank > 2, lowering.shape(of: inputs[1]).rank == 2 else {
      return lowering.multiplyMatrices(inputs[0], inputs[1])
    }
    let rows = lowering.reshape(
      inputs[0], to: Shape([first.dimensions.dropLast().reduce(1, *), first.channels]))
    let product = lowering.multiplyMatrices(rows, inputs[1])
    return lowering.reshape(
      product, to: Shape(first.dimensions.dropLast() + [lowering.shape(of: product).channels]))
  }
}
