/// An activation function as a layer of its own. Keras' `ReLU(6.)` is `activation: .relu6`.
public struct Activation: ActivatedLayer {
  public static let className = "Activation"

  /// Applied to the result.
  public var activation: ActivationFunction

  /// With Keras' arguments, under Keras' names.
  public init(_ activation: ActivationFunction) {
    self.activation = activation
  }

  public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try activation.outputShape(of: try single(inputs))
  }

  public func lower(_ inputs: [ValueID], in lowering: inout Lowering) -> ValueID {
    lowering.apply(activation, to: inputs[0])
  }

  public var isIdentity: Bool { activation == .linear }
}

extension ActivationFunction {
  /// The shape of what the function gives.
  func outputShape(of input: Shape) throws(GraphError) -> Shape {
    for parameter in parameters where !parameter.isFinite {
      throw GraphError("the numbers of an activation must be finite, found \(parameter)")
    }
    guard self == .glu else { return input }
    guard input.channels.isMultiple(of: 2), input.rank > 0 else {
      throw GraphError("glu halves the channels, of which there are \(input.channels)")
    }
    return Shape(input.dimensions.dropLast() + [input.channels / 2])
  }
}
