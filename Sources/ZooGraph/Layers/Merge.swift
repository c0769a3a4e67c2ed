/// The sum of inputs of one shape.
public struct Add: LayerKind {
  public static let className = "Add"

  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count >= 2 else { throw GraphError("takes at least two inputs, found \(inputs.count)") }
    for input in inputs where input != inputs[0] {
      throw GraphError("inputs must have one shape, found \(inputs[0]) and \(input)")
    }
    return inputs[0]
  }
}

/// The product of two inputs of one shape, or of a map and a 1×1 map that scales its channels.
public struct Multiply: LayerKind {
  public static let className = "Multiply"

  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else { throw GraphError("takes two inputs, found \(inputs.count)") }
    let (first, second) = (inputs[0], inputs[1])
    if first == second || second == .map(1, 1, first.channels) { return first }
    if first == .map(1, 1, second.channels) { return second }
    throw GraphError("cannot multiply \(first) by \(second): give one shape twice, or 1×1×channels")
  }
}

/// Inputs side by side along the channels.
public struct Concatenate: LayerKind {
  public static let className = "Concatenate"

  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count >= 2 else { throw GraphError("takes at least two inputs, found \(inputs.count)") }
    var channels = 0
    for input in inputs {
      guard input.rank > 0, input.dimensions.dropLast() == inputs[0].dimensions.dropLast() else {
        throw GraphError("inputs may differ in their channels only, found \(inputs[0]) and \(input)")
      }
      channels += input.channels
    }
    return Shape(inputs[0].dimensions.dropLast() + [channels])
  }
}
