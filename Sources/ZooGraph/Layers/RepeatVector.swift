/// A tensor `n` times one behind the other, along a new first axis.
public struct RepeatVector: LayerKind {
  public static let className = "RepeatVector"

  /// How often.
  public var n: Int

  /// With Keras' arguments, under Keras' names.
  public init(n: Int) { self.n = n }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    try require("n", n)
    return Shape([n] + input.dimensions)
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    let input = lowering.shape(of: inputs[0])
    let axes = [Axis(n, stride: 0)] + input.axes
    return lowering.add(.rearrange(Rearrangement(axes)), inputs, Shape([n] + input.dimensions))
  }
}
