/// A function of each value, as programs call them on tensors.
public struct Elementwise: LayerKind {
  public static let className = "Elementwise"

  /// Of each value.
  public var function: ElementwiseFunction

  /// With Keras' arguments, under Keras' names.
  public init(_ function: ElementwiseFunction) { self.function = function }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape { try single(inputs) }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.add(.elementwise(function), to: inputs[0])
  }
}
