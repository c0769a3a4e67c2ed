extension ModelGraph {
  /// The part of the graph that leads to `layer`, with that layer as its output.
  ///
  /// - Throws: `GraphError` when there is no such layer, with the nearest names.
  public func cut(at layer: String) throws(GraphError) -> ModelGraph {
    guard nodes.contains(where: { $0.name == layer }) else {
      throw GraphError(unknown(layer, amongst: nodes.map(\.name), what: "layer"))
    }
    var needed: Set<String> = [layer]
    for node in nodes.reversed() where needed.contains(node.name) {
      needed.formUnion(node.inputs)
    }
    return keeping(needed, outputs: [layer])
  }

  /// The graph without the nodes that lead to no output.
  public func withoutUnused() -> ModelGraph {
    var needed = Set(outputs)
    for node in nodes.reversed() where needed.contains(node.name) { needed.formUnion(node.inputs) }
    return keeping(needed, outputs: outputs)
  }

  private func keeping(_ names: Set<String>, outputs: [String]) -> ModelGraph {
    var graph = ModelGraph(name: name, nodes: nodes.filter { names.contains($0.name) }, outputs: outputs)
    graph.stages = stages.filter(names.contains)
    return graph
  }

  /// The graph with one more layer on top of its output.
  public func appending(_ layer: some LayerKind, _ name: String) -> ModelGraph {
    var graph = self
    graph.nodes.append(Node(name, layer, inputs: [output]))
    graph.outputs = [name]
    return graph
  }
}

extension ResolvedGraph {
  /// The base's last feature map: the last three-dimensional output before the first global pooling or
  /// flattening; the graph's output where there is none.
  public var featureMap: Entry {
    for (index, entry) in entries.enumerated() where entry.node.layer.kind.endsFeatureMaps {
      guard let input = entry.inputs.first, leadsStraight(to: outputIndex, from: index) else { continue }
      return entries[input]
    }
    return entries[outputIndex]
  }

  /// What the last layer with weights takes: the features that a classifier tells its classes by. The network's
  /// input where no layer has weights.
  public var penultimate: Entry {
    guard let last = entries.last(where: { !$0.weights.isEmpty }) else { return entries[inputIndex] }
    var entry = last.inputs.first.map { entries[$0] } ?? last
    while entry.node.layer.kind.isIdentity, let input = entry.inputs.first { entry = entries[input] }
    return entry
  }

  /// Whether every later entry up to `end` depends on nothing from before `start` but through it, so that
  /// `start` is a bottleneck (a squeeze-and-excite block's pooling is none).
  private func leadsStraight(to end: Int, from start: Int) -> Bool {
    guard start < end else { return true }
    return entries[(start + 1)...end].allSatisfy { $0.inputs.allSatisfy { $0 >= start } }
  }
}
