/// One number everywhere, in the shape of the input.
public struct Filled: LayerKind {
  public static let className = "Filled"

  /// Of all places.
  public var value: Double

  /// With Keras' arguments, under Keras' names.
  public init(_ value: Double) { self.value = value }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard value.isFinite else { throw GraphError("value must be finite, found \(value)") }
    let input = try single(inputs)
    guard (input.elementCount ?? .max) <= 1 << 24 else { throw GraphError("has too many values: \(input)") }
    return input
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let shape = lowering.shape(of: inputs[0])
    return lowering.add(.constant(Array(repeating: Float(value), count: shape.elementCount ?? 0)), [], shape)
  }
}
