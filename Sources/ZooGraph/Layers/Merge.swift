/// A layer that takes inputs together value by value. What has one step along an axis is repeated, as NumPy does it.
private func mergedShape(of inputs: [Shape], counts: ClosedRange<Int> = 1...1_024) throws(GraphError) -> Shape
{
  guard counts.contains(inputs.count) else {
    let expected = counts.count == 1 ? "\(counts.lowerBound)" : "at least \(counts.lowerBound)"
    throw GraphError("takes \(expected) inputs, found \(inputs.count)")
  }
  return try Shape.broadcast(inputs)
}

extension Lowering {
  fileprivate mutating func combineAll(
    _ inputs: [ValueID], _ function: BinaryFunction
  ) throws(GraphError) -> ValueID {
    var value = inputs[0]
    for input in inputs.dropFirst() { value = try combine(function, value, input) }
    return value
  }
}

/// The sum of inputs.
public struct Add: LayerKind {
  public static let className = "Add"

  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combineAll(inputs, .add)
  }
}

/// The first of two inputs less the second.
public struct Subtract: LayerKind {
  public static let className = "Subtract"

  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs, counts: 2...2)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combineAll(inputs, .subtract)
  }
}

/// The product of inputs.
public struct Multiply: LayerKind {
  public static let className = "Multiply"

  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combineAll(inputs, .multiply)
  }
}

/// The mean of inputs.
public struct Average: LayerKind {
  public static let className = "Average"

  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    let sum = try lowering.combineAll(inputs, .add)
    return lowering.scale(sum, by: 1 / Double(inputs.count))
  }
}

/// The largest of inputs, value by value.
public struct Maximum: LayerKind {
  public static let className = "Maximum"

  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combineAll(inputs, .maximum)
  }
}

/// The smallest of inputs, value by value.
public struct Minimum: LayerKind {
  public static let className = "Minimum"

  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try mergedShape(of: inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combineAll(inputs, .minimum)
  }
}
