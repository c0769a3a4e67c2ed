import ZooGraph

/// The Keras version whose way of writing files is followed.
let writtenKerasVersion = "3.0.0"

extension ResolvedGraph {
  /// The graph as the configuration of a functional model, as `Functional.get_config()` spells it. Connections
  /// are in the short form of Keras 2, which Keras 3 reads as well.
  ///
  /// - Throws: `GraphError` when Keras cannot have a layer of that name.
  func functionalConfig() throws -> JSONValue {
    [
      "name": .string(graph.name.replacing("/", with: "_")), "trainable": true,
      "layers": .array(try kerasOrder.map { try entries[$0].kerasLayer(inputs: entries[$0].node.inputs) }),
      "input_layers": [reference(entries[inputIndex].node.name)],
      "output_layers": [reference(graph.output)],
    ]
  }

  private func reference(_ name: String) -> JSONValue { [.string(name), 0, 0] }
}

extension ResolvedGraph.Entry {
  fileprivate func kerasLayer(inputs: [String]) throws -> JSONValue {
    guard !node.name.contains("/") else {
      throw GraphError(node: node.name, "Keras 3 has no layers with '/' in their names")
    }
    var (className, config) = try node.layer.kerasConfig()
    config["name"] = .string(node.name)
    config["dtype"] = "float32"
    // Only Keras 3's input layer takes it.
    if !inputs.isEmpty { config["trainable"] = .bool(node.trainable) }
    let connections: JSONValue = .array(inputs.map { [.string($0), 0, 0, [:]] })
    return [
      "module": "keras.layers", "class_name": .string(className), "registered_name": nil,
      "name": .string(node.name), "config": .object(config),
      "inbound_nodes": inputs.isEmpty ? [] : [connections],
    ]
  }
}

extension Layer {
  /// Keras' class and its parameters; what a layer does not tell has Keras' default.
  fileprivate func kerasConfig() throws -> (String, [String: JSONValue]) {
    switch self {
    case .input(let layer):
      let shape = layer.shape.dimensions.map { JSONValue.number(Double($0)) }
      // Keras 3 reads both spellings, Keras 2 this one only.
      return (className, ["batch_input_shape": .array([nil] + shape)])
    case .activation(let layer) where layer.activation == .relu6: return ("ReLU", ["max_value": 6])
    default:
      guard case .object(let members) = try JSONValue(encoding: kind) else { return (className, [:]) }
      return (className, members)
    }
  }
}
