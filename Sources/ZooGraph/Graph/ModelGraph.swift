/// A layer at its place in a graph.
public struct Node: Sendable, Equatable, Codable {
  /// Keras' name of the layer, unique in its graph.
  public var name: String
  /// What it computes.
  public var layer: Layer
  /// The names of the nodes whose outputs this layer takes, in order.
  public var inputs: [String]
  /// Whether training may change the weights.
  public var trainable: Bool
  /// The layer whose weights this one uses, where a layer is used several times: mostly the node of its first use.
  public var sharing: String?

  /// A node with a layer of any kind.
  public init(
    _ name: String, _ layer: Layer, inputs: [String], trainable: Bool = true, sharing: String? = nil
  ) {
    self.name = name
    self.layer = layer
    self.inputs = inputs
    self.trainable = trainable
    self.sharing = sharing
  }

  /// A node with a kind of layer.
  public init(
    _ name: String, _ kind: some LayerKind, inputs: [String], trainable: Bool = true, sharing: String? = nil
  ) {
    self.init(name, Layer(kind), inputs: inputs, trainable: trainable, sharing: sharing)
  }
}

/// A network as a value: layers, their parameters and how they are connected. Holds no weights.
///
/// One input layer, one or several outputs, nodes in an order in which each comes after its inputs. A graph that was read
/// or put together by hand is checked by ``resolved()``.
public struct ModelGraph: Sendable, Equatable {
  /// What the network is called.
  public var name: String
  /// In an order in which each comes after its inputs.
  public var nodes: [Node]
  /// The names of the nodes whose outputs are the graph's: at least one, each once.
  public var outputs: [String]
  /// The names of the nodes that end the architecture's stages, in their order; the first is `stage1`. Empty where nobody
  /// has said.
  public var stages: [String] = []

  /// The first output.
  public var output: String {
    get { outputs[0] }
    set { outputs[0] = newValue }
  }

  /// A network with one output.
  public init(name: String, nodes: [Node], output: String) {
    self.init(name: name, nodes: nodes, outputs: [output])
  }

  /// - Precondition: `outputs` is not empty.
  public init(name: String, nodes: [Node], outputs: [String]) {
    precondition(!outputs.isEmpty, "a graph has an output")
    self.name = name
    self.nodes = nodes
    self.outputs = outputs
  }
}

extension ModelGraph: Codable {
  private enum CodingKeys: CodingKey { case name, nodes, output, outputs, stages }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    nodes = try container.decode([Node].self, forKey: .nodes)
    stages = try container.decodeIfPresent([String].self, forKey: .stages) ?? []
    if let outputs = try container.decodeIfPresent([String].self, forKey: .outputs) {
      guard !outputs.isEmpty else {
        throw DecodingError.dataCorruptedError(
          forKey: .outputs, in: container, debugDescription: "a graph needs an output")
      }
      self.outputs = outputs
    } else {
      outputs = [try container.decode(String.self, forKey: .output)]
    }
  }

  /// A single output is written as `output`, and stages where there are some.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(nodes, forKey: .nodes)
    if !stages.isEmpty { try container.encode(stages, forKey: .stages) }
    if outputs.count == 1 {
      try container.encode(output, forKey: .output)
    } else {
      try container.encode(outputs, forKey: .outputs)
    }
  }
}
