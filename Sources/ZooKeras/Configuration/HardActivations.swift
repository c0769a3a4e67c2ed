import ZooGraph

/// Hard sigmoid and hard-swish as several layers, and back. Keras 2 has another hard sigmoid and no hard-swish, so
/// its networks, and some of Keras 3, write `relu6(x + 3) / 6`.
extension ModelGraph {
  /// Activations that Keras does not have as layers that it has: those of `functions`.
  package func spellingOut(_ functions: @escaping (ActivationFunction) -> Bool) -> ModelGraph {
    var spelled = SpelledOut(self, functions)
    for node in nodes { spelled.add(node) }
    return spelled.graph
  }

  /// Layers that together are a hard sigmoid or a hard-swish as one, under the last one's name.
  /// The layers that only led to them stay where they are.
  mutating func foldHardActivations() {
    for index in nodes.indices {
      if let input = inputOfHardSigmoid(at: index) {
        nodes[index].layer = Layer(Activation(.hardSigmoid))
        nodes[index].inputs = [input]
      } else if let input = inputOfHardSwish(at: index) {
        nodes[index].layer = Layer(Activation(.hardSilu))
        nodes[index].inputs = [input]
      }
    }
  }

  /// What `relu6(x + 3) / 6` is taken of, where that ends here.
  private func inputOfHardSigmoid(at index: Int) -> String? {
    guard let last = nodes[index].layer.kind as? Rescaling, last.scale.count == 1,
      abs(last.scale[0] - 1 / 6) < 1e-7, last.offset == [0],
      let cut = before(nodes[index], index), cut.layer == Layer(Activation(.relu6)),
      let shifted = before(cut, index), shifted.layer == Layer(Rescaling(scale: 1, offset: 3))
    else { return nil }
    return shifted.inputs.first
  }

  private func inputOfHardSwish(at index: Int) -> String? {
    guard nodes[index].layer.kind.isProduct, nodes[index].inputs.count == 2 else { return nil }
    let (first, second) = (nodes[index].inputs[0], nodes[index].inputs[1])
    for (input, factor) in [(first, second), (second, first)] {
      let sigmoid = nodes[..<index].last { $0.name == factor }
      if sigmoid?.layer == Layer(Activation(.hardSigmoid)), sigmoid?.inputs == [input] { return input }
    }
    return nil
  }

  /// The only input of a node; near it, mostly.
  private func before(_ node: Node, _ index: Int) -> Node? {
    nodes[..<index].last { $0.name == node.inputs.first }
  }
}

/// A graph made node by node.
private struct SpelledOut {
  private(set) var graph: ModelGraph
  private let isSpelledOut: (ActivationFunction) -> Bool
  private var names: LayerNames
  /// The layer that now gives what this one gave.
  private var outputs: [String: String] = [:]

  init(_ graph: ModelGraph, _ isSpelledOut: @escaping (ActivationFunction) -> Bool) {
    self.graph = ModelGraph(name: graph.name, nodes: [], outputs: graph.outputs)
    self.isSpelledOut = isSpelledOut
    names = LayerNames(taken: graph.nodes.map(\.name))
  }

  mutating func add(_ node: Node) {
    var node = node
    node.inputs = node.inputs.map { outputs[$0] ?? $0 }
    let name = node.name
    if let layer = node.layer.kind as? Activation, isSpelledOut(layer.activation),
      let input = node.inputs.first
    {
      outputs[name] = put(layer.activation, on: input, as: name)
    } else if let function = node.layer.takeActivation(isSpelledOut) {
      graph.nodes.append(node)
      outputs[name] = put(function, on: name, as: names.next("\(name)_activation"))
    } else {
      graph.nodes.append(node)
    }
    graph.outputs = graph.outputs.map { outputs[$0] ?? $0 }
  }

  /// The hard ones are `relu6(x + 3) / 6`, for hard-swish times `x`; Keras 2's own is `min(max(x / 5 + 1 / 2, 0), 1)`.
  private mutating func put(_ function: ActivationFunction, on input: String, as name: String) -> String {
    switch function {
    case .hardSigmoidOfKeras2:
      let shifted = put(Rescaling(scale: 0.2, offset: 0.5), on: input, as: names.next("\(name)_add"))
      return put(
        Activation(.rectifier(maximum: 1, negativeSlope: 0, threshold: 0)), on: shifted, as: name)
    case .hardSigmoid, .hardSilu:
      let isProduct = function == .hardSilu
      let shifted = put(Rescaling(scale: 1, offset: 3), on: input, as: names.next("\(name)_add"))
      let cut = put(Activation(.relu6), on: shifted, as: names.next("\(name)_relu6"))
      let sigmoid = put(
        Rescaling(scale: 1 / 6), on: cut, as: isProduct ? names.next("\(name)_sigmoid") : name)
      return isProduct ? put(Multiply(), on: input, sigmoid, as: name) : sigmoid
    case let other: return put(Activation(other), on: input, as: name)
    }
  }

  private mutating func put(_ layer: some LayerKind, on inputs: String..., as name: String) -> String {
    graph.nodes.append(Node(name, layer, inputs: inputs))
    return name
  }
}

extension Layer {
  /// The activation of a layer with weights, which is linear from then on.
  fileprivate mutating func takeActivation(_ isTaken: (ActivationFunction) -> Bool) -> ActivationFunction? {
    guard var layer = kind as? any ActivatedLayer, !(layer is Activation), isTaken(layer.activation) else {
      return nil
    }
    let function = layer.activation
    layer.activation = .linear
    kind = layer
    return function
  }
}

extension LayerKind {
  /// Whether it multiplies two inputs.
  fileprivate var isProduct: Bool { self is Multiply || self as? Arithmetic == Arithmetic(.multiply) }
}
