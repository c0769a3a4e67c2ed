/// A function of each value, as programs call them on tensors.
public struct Elementwise: LayerKind {
  public static let className = "Elementwise"

  public var function: ElementwiseFunction

  public init(_ function: ElementwiseFunction) { self.function = function }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape { try single(inputs) }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.add(.elementwise(function), to: inputs[0])
  }
}

/// Two tensors, value by value; what has one step along an axis is repeated.
public struct Arithmetic: LayerKind {
  public static let className = "Arithmetic"

  public var function: BinaryFunction

  public init(_ function: BinaryFunction) { self.function = function }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else { throw GraphError("takes two inputs, found \(inputs.count)") }
    return try Shape.broadcast(inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combine(function, inputs[0], inputs[1])
  }
}

/// Numbers that are part of the network.
public struct Constant: LayerKind {
  public static let className = "Constant"

  public var shape: Shape
  public var values: [Float]

  public init(shape: Shape, values: [Float]) {
    self.shape = shape
    self.values = values
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.isEmpty else { throw GraphError("takes no input, found \(inputs.count)") }
    for dimension in shape.dimensions { try require("shape", dimension) }
    guard shape.elementCount == values.count, values.allSatisfy(\.isFinite) else {
      throw GraphError("needs \(shape.elementCount ?? 0) finite values for \(shape), found \(values.count)")
    }
    return shape
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.add(.constant(values), [], shape)
  }
}
