/// Each channel times a weight of its own, as in ConvNeXt. `gamma`: channels.
public struct LayerScale: LayerKind {
  public static let className = "LayerScale"

  /// A layer without parameters.
  public init() {}

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape { try single(inputs) }

  public func weights(for inputs: [Shape]) -> [WeightSpec] {
    [WeightSpec("gamma", [inputs[0].channels], .scale)]
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.add(.affine([.weights(layer: lowering.owner, scale: "gamma", shift: nil)]), to: inputs[0])
  }
}
