extension ResolvedGraph {
  /// The function the network ends in, where it makes probabilities of numbers: softmax for one class of many,
  /// sigmoid for each class by itself, linear for anything else.
  public var outputActivation: ActivationFunction {
    let function: ActivationFunction
    switch entries[outputIndex].node.layer {
    case .conv2D(let layer): function = layer.activation
    case .depthwiseConv2D(let layer): function = layer.activation
    case .dense(let layer): function = layer.activation
    case .activation(let layer): function = layer.activation
    default: return .linear
    }
    return function == .softmax || function == .sigmoid ? function : .linear
  }
}
