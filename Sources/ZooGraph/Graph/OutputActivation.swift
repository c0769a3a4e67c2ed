extension ResolvedGraph {
  /// The function the network ends in, where it makes probabilities of numbers: softmax for one class of many,
  /// sigmoid for each class by itself, linear for anything else.
  public var outputActivation: ActivationFunction {
    let last = entries[outputIndex]
    if let softmax = last.node.layer.kind as? Softmax {
      let isOverClasses = softmax.function == .softmax && softmax.axis == [last.shape.rank - 1]
      return isOverClasses ? .softmax : .linear
    }
    guard let layer = last.node.layer.kind as? any ActivatedLayer else { return .linear }
    return layer.activation == .softmax || layer.activation == .sigmoid ? layer.activation : .linear
  }
}
