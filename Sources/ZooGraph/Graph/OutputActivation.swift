extension ResolvedGraph {
  /// The function the network ends in, where it makes probabilities of numbers: softmax for one class of many,
  /// sigmoid for each class by itself, linear for anything else.
  public var outputActivation: ActivationFunction {
    let function: ActivationFunction
    switch entries[outputIndex].node.layer {
    case .conv2D(let layer): function = layer.activation
    case .depthwiseConv2D(let layer): function = layer.activation
    case .separableConv2D(let layer): function = layer.activation
    case .dense(let layer): function = layer.activation
    case .activation(let layer): function = layer.activation
    case .input, .batchNormalization, .zeroPadding2D, .maxPooling2D, .averagePooling2D,
      .globalAveragePooling2D,
      .globalMaxPooling2D, .flatten, .reshape, .dropout, .add, .multiply, .concatenate, .rescaling:
      return .linear
    }
    return function == .softmax || function == .sigmoid ? function : .linear
  }
}
