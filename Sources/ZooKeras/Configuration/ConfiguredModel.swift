import ZooGraph

/// A whole model as its configuration says it is, layer by layer.
struct ConfiguredModel {
  /// Under the configuration's names. Leads to the output only where nothing was left out.
  private(set) var graph: ModelGraph
  /// What the configuration says of each layer.
  private(set) var nodes: [String: ConfigNode] = [:]
  /// Why the first layer that was left out was.
  private(set) var leftOut: UnknownLayer?

  /// - Parameters:
  ///   - inputSize: of the pictures, instead of the configuration's.
  ///   - leavesOutUnknown: whether layers that are not known here are left out, with all behind them.
  /// - Throws: `UnknownLayer` for a layer that is not known here, has a parameter that is not, or does not fit the
  ///   ones before it.
  init(
    _ config: ConfigGraph, inputSize: Size2D?, leavesOutUnknown: Bool = false
  ) throws(UnknownLayer) {
    graph = ModelGraph(name: config.name, nodes: [], output: config.output)
    // The layer that gives what this one gives, for layers that do nothing.
    var outputs: [String: String] = [:]
    var shapes: [String: Shape] = [:]
    for node in config.nodes {
      let inputs = node.inputs.map { outputs[$0] ?? $0 }
      let inputShapes = inputs.compactMap { shapes[$0] }
      // Behind one that was left out.
      guard inputShapes.count == inputs.count else { continue }
      do throws(UnknownLayer) {
        switch try node.layer(inputs: inputShapes, inputSize: inputSize) {
        case .identity: outputs[node.name] = inputs.first
        case .layer(let layer):
          shapes[node.name] = try Self.shape(of: layer, node, inputShapes)
          nodes[node.name] = node
          graph.nodes.append(Node(node.name, layer, inputs: inputs, trainable: node.isTrainable))
        }
      } catch {
        guard leavesOutUnknown else { throw error }
        leftOut = leftOut ?? error
      }
    }
    graph.output = outputs[config.output] ?? config.output
    graph.foldHardActivations()
  }

  private static func shape(
    of layer: Layer, _ node: ConfigNode, _ inputs: [Shape]
  ) throws(UnknownLayer) -> Shape {
    do throws(GraphError) {
      return try layer.kind.outputShape(of: inputs)
    } catch {
      throw node.unknown(error.reason)
    }
  }
}

extension ConfigGraph {
  /// What the model is, in a few words: `a whole model of 12 layers: Conv2D ×2, Dense ×1, LSTM ×1`.
  var summary: String {
    var counts: [String: Int] = [:]
    for node in nodes { counts[node.className, default: 0] += 1 }
    let kinds = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let listed = kinds.prefix(8).map { $1 == 1 ? $0 : "\($0) ×\($1)" }.joined(separator: ", ")
    return "a whole model of \(nodes.count) layers: \(listed)" + (kinds.count > 8 ? ", …" : "")
  }
}
