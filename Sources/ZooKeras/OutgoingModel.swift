import ZooFile
import ZooGraph
import ZooSystem

/// A model on its way to Keras: the layers Keras shall build, and where the values of each weight are.
struct OutgoingModel {
  struct Weight {
    enum Values {
      /// A tensor of the file, by its position.
      case tensor(Int)
      case constant([Float])
    }

    let type: ElementType
    let shape: [Int]
    let values: Values

    /// The tensor of the file that it is.
    var tensor: Int? {
      if case .tensor(let index) = values { index } else { nil }
    }
  }

  let file: ZooFile
  private(set) var graph: ResolvedGraph
  /// Weights that the file does not have, by the layer's and their own name: those of the preprocessing.
  private var constants: [String: [String: [Float]]] = [:]

  init(_ file: ZooFile) {
    self.file = file
    graph = file.graph
  }

  /// A tensor of the file.
  func weight(_ tensor: Int) -> Weight {
    let info = file.tensors[tensor]
    return Weight(type: info.type, shape: info.shape, values: .tensor(tensor))
  }

  /// The weights of a layer, by Keras' names and in Keras' order.
  func weights(of entry: ResolvedGraph.Entry) -> [(name: String, weight: Weight)] {
    let layer = entry.node.name
    return entry.weights.compactMap { spec in
      if let values = constants[layer]?[spec.name] {
        return (spec.name, Weight(type: .float32, shape: spec.shape, values: .constant(values)))
      }
      return file.index(layer: layer, weight: spec.name).map { (spec.name, weight($0)) }
    }
  }

  /// Calls `body` with the bytes of a weight, in pieces.
  func read(_ weight: Weight, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    switch weight.values {
    case .tensor(let index): try file.read(index, body)
    case .constant(let values): try values.withUnsafeBytes(body)
    }
  }

  /// Puts the preprocessing in as the first layer, which training leaves alone, so that the model takes RGB pixels 0…255.
  ///
  /// - Throws: `FileError` when the pictures do not have the three channels of the preprocessing.
  mutating func addPreprocessing() throws {
    guard let (layer, weights) = file.model.preprocessing.layer else { return }
    guard graph.inputShape.channels == 3 else {
      throw FileError(
        file.path,
        "its preprocessing '\(file.model.preprocessing.rawValue)' is for pictures of 3 channels, "
          + "but it takes \(graph.inputShape)", advice: "leave --with-preprocessing out")
    }
    var changed = graph.graph
    var names = LayerNames(taken: changed.nodes.map(\.name))
    let (input, name) = (changed.nodes[graph.inputIndex].name, names.next("preprocessing"))
    for index in changed.nodes.indices {
      changed.nodes[index].inputs = changed.nodes[index].inputs.map { $0 == input ? name : $0 }
    }
    changed.nodes.insert(
      Node(name, layer, inputs: [input], trainable: false), at: graph.inputIndex + 1)
    graph = try changed.resolved()
    constants[name] = weights
  }

  /// The configuration of a functional model.
  ///
  /// - Throws: `FileError` when Keras cannot have such layers.
  func functionalConfig() throws -> JSONValue {
    do {
      return try graph.functionalConfig()
    } catch let error as GraphError {
      throw FileError(
        file.path, error.description, advice: "export the weights alone, as .weights.h5 or .safetensors")
    }
  }

  /// Writes hard sigmoid and hard-swish as several layers: Keras 2 has another hard sigmoid, and no hard-swish.
  mutating func spellOutHardActivations() throws {
    var spelled = HardActivations(graph.graph)
    for node in graph.graph.nodes { spelled.add(node) }
    graph = try spelled.graph.resolved()
  }
}

/// A graph without hard sigmoid and hard-swish, made node by node.
private struct HardActivations {
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
