import ZooGraph

/// The Keras version whose way of writing files is followed.
package let writtenKerasVersion = "3.0.0"

/// How Keras writes a layer of ours.
struct KerasSpelling {
  var module = "keras.layers"
  var className: String
  var config: [String: JSONValue]
  /// Of an operation, which is no layer: what it is called with beside the tensors.
  var arguments: [Operand]?

  enum Operand {
    /// Input number so and so.
    case input(Int)
    /// All inputs as a list.
    case allInputs
    case value(JSONValue)
  }

  init(_ className: String, _ config: [String: JSONValue] = [:]) {
    self.className = className
    self.config = config
  }

  /// A function of `keras.ops`, called with the inputs in their order, or as `arguments` has it.
  static func operation(
    _ className: String, _ config: [String: JSONValue] = [:], in module: String = "numpy",
    _ arguments: [Operand] = []
  ) -> KerasSpelling {
    var spelling = KerasSpelling(className, config)
    spelling.module = "keras.src.ops.\(module)"
    spelling.arguments = arguments
    return spelling
  }

  var isOperation: Bool { arguments != nil }
}

/// A kind of layer that Keras writes otherwise than by our parameters. How is in the files of this folder.
protocol KerasSpelled: LayerKind {
  /// - Parameters:
  ///   - inputs: the shapes of what it takes.
  /// - Throws: `GraphError` where Keras cannot have such a layer.
  func spelling(_ inputs: [Shape]) throws(GraphError) -> KerasSpelling
}

extension Layer {
  /// Keras' class and its parameters; what a layer does not tell has Keras' default.
  func kerasSpelling(_ inputs: [Shape]) throws -> KerasSpelling {
    var spelling: KerasSpelling
    if let spelled = kind as? any KerasSpelled {
      spelling = try spelled.spelling(inputs)
    } else {
      guard case .object(let members) = try JSONValue(encoding: kind) else {
        preconditionFailure("a layer is written as an object")
      }
      spelling = KerasSpelling(className, members)
    }
    if let activated = kind as? any ActivatedLayer, !(kind is Activation) {
      spelling.config["activation"] = activated.activation.kerasValue
    }
    return spelling
  }
}

extension ResolvedGraph {
  /// The graph as the configuration of a functional model, as `Functional.get_config()` spells it. Connections of layers
  /// are in the short form of Keras 2, which Keras 3 reads as well; those of operations are as Keras 3 has them.
  ///
  /// - Throws: `GraphError` when Keras cannot have such a layer, or one of that name.
  package func functionalConfig() throws -> JSONValue {
    let calls = KerasCalls(self)
    return [
      "name": .string(graph.name.replacing("/", with: "_")), "trainable": true,
      "layers": .array(try kerasOrder.compactMap { try calls.layer(at: $0) }),
      "input_layers": [calls.reference(to: entries[inputIndex].node.name)],
      "output_layers": .array(graph.outputs.map { calls.reference(to: $0) }),
    ]
  }

  /// Whether there are functions called on tensors, which only Keras 3's own formats keep.
  package var hasOperations: Bool {
    get throws {
      try entries.contains { entry in
        try entry.node.layer.kerasSpelling(entry.inputs.map { entries[$0].shape }).isOperation
      }
    }
  }
}

/// Which calls of which layers the nodes of a graph are.
private struct KerasCalls {
  private let graph: ResolvedGraph
  /// The layer of each node, and which call of it the node is.
  private var calls: [String: (layer: String, number: Int)] = [:]
  /// The nodes of each layer, in their order.
  private var nodes: [String: [Int]] = [:]

  init(_ graph: ResolvedGraph) {
    self.graph = graph
    for (index, entry) in graph.entries.enumerated() {
      let layer = entry.node.sharing ?? entry.node.name
      calls[entry.node.name] = (layer, nodes[layer, default: []].count)
      nodes[layer, default: []].append(index)
    }
  }

  func reference(to name: String) -> JSONValue {
    guard let call = calls[name] else { preconditionFailure("'\(name)' is no node") }
    return [.string(call.layer), .number(Double(call.number)), 0]
  }

  /// The layer whose first call is at `index`; `nil` for further calls, and for constants, which stand where they are used.
  func layer(at index: Int) throws -> JSONValue? {
    let entry = graph.entries[index]
    let name = calls[entry.node.name]?.layer ?? entry.node.name
    guard nodes[name]?.first == index, !(entry.node.layer.kind is Constant) else { return nil }
    guard !name.contains("/") else {
      throw GraphError(node: name, "Keras 3 has no layers with '/' in their names")
    }
    let shapes = entry.inputs.map { graph.entries[$0].shape }
    let spelling: KerasSpelling
    do {
      spelling = try entry.node.layer.kerasSpelling(shapes)
    } catch let error as GraphError {
      throw GraphError(node: name, error.reason)
    }
    var config = spelling.config
    config["name"] = .string(name)
    if !spelling.isOperation {
      config["dtype"] = "float32"
      // Only Keras 3's input layer takes it.
      if !entry.inputs.isEmpty { config["trainable"] = .bool(entry.node.trainable) }
    }
    let all = try (nodes[name] ?? []).filter { !graph.entries[$0].inputs.isEmpty }
      .map { try connection(of: graph.entries[$0], spelling) }
    return [
      "module": .string(spelling.module), "class_name": .string(spelling.className),
      "registered_name": spelling.isOperation ? .string(spelling.className) : nil,
      "name": .string(name), "config": .object(config), "inbound_nodes": .array(all),
    ]
  }

  private func connection(of entry: ResolvedGraph.Entry, _ spelling: KerasSpelling) throws -> JSONValue {
    let inputs = entry.inputs.map { graph.entries[$0] }
    guard let arguments = spelling.arguments else {
      guard !inputs.contains(where: { $0.node.layer.kind is Constant }) else {
        throw GraphError(node: entry.node.name, "Keras has no layer that takes constants")
      }
      if entry.node.layer.kind is MultiHeadAttention { return attention(inputs) }
      return .array(
        entry.node.inputs.map { name in
          guard case .array(let parts) = reference(to: name) else { return reference(to: name) }
          return .array(parts + [[:]])
        })
    }
    let given: [KerasSpelling.Operand] = arguments.isEmpty ? inputs.indices.map { .input($0) } : arguments
    let values = given.map { argument -> JSONValue in
      switch argument {
      case .input(let number): tensor(inputs[number])
      case .allInputs: .array(inputs.map(tensor))
      case .value(let value): value
      }
    }
    return ["args": .array(values), "kwargs": [:]]
  }

  /// Query, value, and by its name the key.
  private func attention(_ inputs: [ResolvedGraph.Entry]) -> JSONValue {
    [
      "args": .array(inputs.prefix(2).map(tensor)),
      "kwargs": inputs.count > 2 ? ["key": tensor(inputs[2])] : [:],
    ]
  }

  private func tensor(_ entry: ResolvedGraph.Entry) -> JSONValue {
    if let constant = entry.node.layer.kind as? Constant {
      let value = JSONValue(nesting: constant.values[...], constant.shape.dimensions[...])
      return ["class_name": "__tensor__", "config": ["value": value, "dtype": "float32"]]
    }
    return [
      "class_name": "__keras_tensor__",
      "config": [
        "shape": .array([nil] + entry.shape.dimensions.map { .number(Double($0)) }), "dtype": "float32",
        "keras_history": reference(to: entry.node.name),
      ],
    ]
  }
}

extension JSONValue {
  /// Numbers as lists of lists.
  fileprivate init(nesting values: ArraySlice<Float>, _ shape: ArraySlice<Int>) {
    guard let count = shape.first else {
      self = .number(Double(values.first ?? 0))
      return
    }
    let size = count > 0 ? values.count / count : 0
    self = .array(
      (0..<count).map { index in
        let start = values.startIndex + index * size
        return JSONValue(nesting: values[start..<start + size], shape.dropFirst())
      })
  }
}
