import ZooGraph
import ZooPlugin

/// A known base with what its owner has put before and behind it, as a whole model's configuration tells.
struct WholeModel {
  private(set) var graph: ResolvedGraph
  private(set) var match: WeightMatch

  /// - Parameter base: what the file's tensors were recognised as.
  /// - Throws: `UnknownLayer` when the configuration holds what is not known here, or not the file's tensors.
  init(_ source: KerasSource, _ config: JSONValue, base: Identification) throws(UnknownLayer) {
    let config = try ConfigGraph(config)
    let isKeras2 = source.kerasVersion?.hasPrefix("3") == false
    let model = try Self.graph(of: config, inputSize: base.variant.inputSize, isKeras2: isKeras2)
    let match = WeightMatcher(try Self.resolved(model), WeightMapping()).match(source.layers(named: config))
    guard match.fits, match.unused.isEmpty else {
      let tensor = match.unused.first.map { "the tensor '\($0.tensor.name)' belongs to no layer" }
      throw UnknownLayer(reason: match.firstDifference ?? tensor ?? "")
    }
    let names = Self.names(of: model, match, base.match)
    graph = try Self.resolved(model.renamed(names))
    self.match = match
    for index in match.applied.indices {
      self.match.applied[index].layer = names[match.applied[index].layer] ?? ""
    }
  }

  /// Whether something between the pictures and the base changes the pixels.
  func preparesPixels(for base: ResolvedGraph) -> Bool {
    guard let first = base.kerasOrder.map({ base.entries[$0] }).first(where: { !$0.weights.isEmpty }) else {
      return false
    }
    return graph.preparation(of: first.node.name) != base.preparation(of: first.node.name)
  }

  private static func resolved(_ graph: ModelGraph) throws(UnknownLayer) -> ResolvedGraph {
    do throws(GraphError) {
      return try graph.resolved()
    } catch {
      throw UnknownLayer(reason: error.description)
    }
  }

  private static func graph(
    of config: ConfigGraph, inputSize: Size2D, isKeras2: Bool
  ) throws(UnknownLayer) -> ModelGraph {
    var nodes: [Node] = []
    // The layer that gives what this one gives, for layers that do nothing.
    var outputs: [String: String] = [:]
    for node in config.nodes {
      let inputs = node.inputs.map { outputs[$0] ?? $0 }
      switch try node.layer(inputSize: inputSize, isKeras2: isKeras2) {
      case .identity: outputs[node.name] = inputs.first
      case .layer(let layer):
        let isTrainable = node.config["trainable"] != false
        nodes.append(Node(node.name, layer, inputs: inputs, trainable: isTrainable))
      }
    }
    let output = outputs[config.output] ?? config.output
    let graph = ModelGraph(name: config.name, nodes: nodes, output: output)
    do throws(GraphError) {
      return try graph.cut(at: output).withHardActivationsFolded()
    } catch {
      throw UnknownLayer(reason: error.description)
    }
  }

  /// The layers' names here: where the base has the same tensors, its names, which files of other times do not have.
  private static func names(
    of graph: ModelGraph, _ match: WeightMatch, _ base: WeightMatch
  ) -> [String: String] {
    let known = Dictionary(
      base.applied.map { ($0.tensor.key, $0.layer) }, uniquingKeysWith: { first, _ in first })
    var names: [String: String] = [:]
    for weight in match.applied { names[weight.layer] = known[weight.tensor.key] }
    var others = LayerNames(taken: Array(names.values))
    for node in graph.nodes where names[node.name] == nil {
      names[node.name] = others.next(node.name.replacing("/", with: "_"))
    }
    return names
  }
}

extension ModelGraph {
  fileprivate func renamed(_ names: [String: String]) -> ModelGraph {
    let nodes = nodes.map { node in
      Node(
        names[node.name] ?? node.name, node.layer, inputs: node.inputs.map { names[$0] ?? $0 },
        trainable: node.trainable)
    }
    return ModelGraph(name: name, nodes: nodes, output: names[output] ?? output)
  }
}

extension ResolvedGraph {
  /// The layers between the input and a layer, without paddings.
  fileprivate func preparation(of layer: String) -> [Layer] {
    var layers: [Layer] = []
    var next = index(of: layer).flatMap { entries[$0].inputs.first }
    while let index = next, index != inputIndex {
      let layer = entries[index].node.layer
      if case .zeroPadding2D = layer {} else { layers.append(layer) }
      next = entries[index].inputs.first
    }
    return layers
  }
}

extension SourceTensor {
  /// Which tensor of the source it is.
  fileprivate var key: String { "\(file):\(dataset.path)" }
}

extension KerasSource {
  /// The layers under the names that the configuration gives them, where the file counts them only.
  fileprivate func layers(named config: ConfigGraph) -> [SourceLayer] {
    let names = Dictionary(config.nodes.map { ($0.path, $0.name) }, uniquingKeysWith: { first, _ in first })
    return layers.map { layer in
      guard let name = layer.path.flatMap({ names[$0] }) else { return layer }
      var layer = layer
      (layer.names, layer.numbered) = ([name], nil)
      return layer
    }
  }
}
