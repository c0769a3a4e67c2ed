import ZooGraph

/// Hard sigmoid and hard-swish as several layers, and back. Keras 2 has another hard sigmoid and no hard-swish, so
/// its networks, and some of Keras 3, write `relu6(x + 3) / 6`.
extension ModelGraph {
  /// Every hard sigmoid and hard-swish as several layers.
  func withHardActivationsSpelledOut() -> ModelGraph {
    var spelled = SpelledOut(self)
    for node in nodes { spelled.add(node) }
    return spelled.graph
  }

  /// Layers that together are a hard sigmoid or a hard-swish as one, under the last one's name.
  /// The layers that only led to them stay where they are.
  mutating func foldHardActivations() {
    for index in nodes.indices {
      if let input = inputOfHardSigmoid(at: index) {
        nodes[index].layer = .activation(Activation(.hardSigmoid))
        nodes[index].inputs = [input]
      } else if let input = inputOfHardSwish(at: index) {
        nodes[index].layer = .activation(Activation(.hardSilu))
        nodes[index].inputs = [input]
      }
    }
  }

  /// What `relu6(x + 3) / 6` is taken of, where that ends here.
  private func inputOfHardSigmoid(at index: Int) -> String? {
    guard case .rescaling(let last) = nodes[index].layer, abs(last.scale - 1 / 6) < 1e-7, last.offset == 0,
      let cut = before(nodes[index], index), cut.layer == .activation(Activation(.relu6)),
      let shifted = before(cut, index), shifted.layer == .rescaling(Rescaling(scale: 1, offset: 3))
    else { return nil }
    return shifted.inputs.first
  }

  private func inputOfHardSwish(at index: Int) -> String? {
    guard case .multiply = nodes[index].layer, nodes[index].inputs.count == 2 else { return nil }
    let (first, second) = (nodes[index].inputs[0], nodes[index].inputs[1])
    for (input, factor) in [(first, second), (second, first)] {
      let sigmoid = nodes[..<index].last { $0.name == factor }
      if sigmoid?.layer == .activation(Activation(.hardSigmoid)), sigmoid?.inputs == [input] { return input }
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
  private var names: LayerNames
  /// The layer that now gives what this one gave.
  private var outputs: [String: String] = [:]

  init(_ graph: ModelGraph) {
    self.graph = ModelGraph(name: graph.name, nodes: [], output: graph.output)
    names = LayerNames(taken: graph.nodes.map(\.name))
  }

  mutating func add(_ node: Node) {
    var node = node
    node.inputs = node.inputs.map { outputs[$0] ?? $0 }
    let name = node.name
    if let hard = node.layer.takeHardActivation() {
      graph.nodes.append(node)
      outputs[name] = put(hard, on: name, as: names.next("\(name)_activation"))
    } else if case .activation(let layer) = node.layer, layer.activation.isHard, let input = node.inputs.first
    {
      outputs[name] = put(layer.activation, on: input, as: name)
    } else {
      graph.nodes.append(node)
    }
    graph.output = outputs[graph.output] ?? graph.output
  }

  /// `relu6(x + 3) / 6`, for hard-swish times `x`.
  private mutating func put(_ function: ActivationFunction, on input: String, as name: String) -> String {
    let isProduct = function == .hardSilu
    let shifted = put(.rescaling(Rescaling(scale: 1, offset: 3)), on: input, as: names.next("\(name)_add"))
    let cut = put(.activation(Activation(.relu6)), on: shifted, as: names.next("\(name)_relu6"))
    let sigmoid = put(
      .rescaling(Rescaling(scale: 1 / 6)), on: cut, as: isProduct ? names.next("\(name)_sigmoid") : name)
    return isProduct ? put(.multiply(Multiply()), on: input, sigmoid, as: name) : sigmoid
  }

  private mutating func put(_ layer: Layer, on inputs: String..., as name: String) -> String {
    graph.nodes.append(Node(name, layer, inputs: inputs))
    return name
  }
}

extension ActivationFunction {
  fileprivate var isHard: Bool { self == .hardSigmoid || self == .hardSilu }
}

extension Layer {
  /// The hard activation of a layer with weights, which is linear from then on.
  fileprivate mutating func takeHardActivation() -> ActivationFunction? {
    switch self {
    case .conv2D(var layer) where layer.activation.isHard:
      defer { self = .conv2D(layer) }
      return exchange(&layer.activation)
    case .depthwiseConv2D(var layer) where layer.activation.isHard:
      defer { self = .depthwiseConv2D(layer) }
      return exchange(&layer.activation)
    case .separableConv2D(var layer) where layer.activation.isHard:
      defer { self = .separableConv2D(layer) }
      return exchange(&layer.activation)
    case .dense(var layer) where layer.activation.isHard:
      defer { self = .dense(layer) }
      return exchange(&layer.activation)
    default: return nil
    }
  }

  private func exchange(_ activation: inout ActivationFunction) -> ActivationFunction {
    defer { activation = .linear }
    return activation
  }
}
