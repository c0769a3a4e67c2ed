/// An activation function as a layer of its own. Keras' `ReLU(6.)` is `activation: .relu6`.
public struct Activation: LayerKind {
  public static let className = "Activation"

  public var activation: ActivationFunction

  public init(_ activation: ActivationFunction) {
    self.activation = activation
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try single(inputs)
  }
}
