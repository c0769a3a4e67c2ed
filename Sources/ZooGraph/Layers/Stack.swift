/// Inputs of one shape one behind the other along a new axis.
public struct Stack: LayerKind {
  public static let className = "Stack"

  /// The number of the new axis, counted from a picture's first.
  public var axis: Int

  /// With Keras' arguments, under Keras' names.
  public init(axis: Int) { self.axis = axis }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard let first = inputs.first, inputs.allSatisfy({ $0 == first }) else {
      throw GraphError(
        "inputs must have one shape, found " + inputs.map(\.description).joined(separator: ", "))
    }
    guard (0...first.rank).contains(axis) else { throw GraphError("axis \(axis) is none of the result's") }
    var result = first.dimensions
    result.insert(inputs.count, at: axis)
    return Shape(result)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    var step = lowering.shape(of: inputs[0]).dimensions
    step.insert(1, at: axis)
    let steps = inputs.map { lowering.reshape($0, to: Shape(step)) }
    return lowering.concatenate(steps, axis: axis)
  }
}
