/// Two tensors, value by value; what has one step along an axis is repeated.
public struct Arithmetic: LayerKind {
  public static let className = "Arithmetic"

  /// What is computed of the two.
  public var function: BinaryFunction

  /// With Keras' arguments, under Keras' names.
  public init(_ function: BinaryFunction) { self.function = function }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else { throw GraphError("takes two inputs, found \(inputs.count)") }
    return try Shape.broadcast(inputs)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) throws(GraphError) -> ValueID {
    try lowering.combine(function, inputs[0], inputs[1])
  }
}
