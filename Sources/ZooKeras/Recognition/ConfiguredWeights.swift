import ZooGraph
import ZooPlugin

/// Finds the tensors of the layers of a configured model, which says where the file keeps them.
struct ConfiguredWeights {
  let source: KerasSource
  let nodes: [String: ConfigNode]

  /// - Parameter graph: under the configuration's names.
  func match(_ graph: ResolvedGraph) -> WeightMatch {
    let targets = graph.entries.filter { !$0.weights.isEmpty }
    return source.groups.isEmpty ? matchNumbered(graph) : matchGroups(targets)
  }

  // MARK: Keras 3

  /// `layers/functional/layers/conv2d_3`: the configuration tells which layer is the third of its class.
  private func matchNumbered(_ graph: ResolvedGraph) -> WeightMatch {
    let listed = Dictionary(grouping: source.layers) { $0.path ?? "" }
    var used: Set<String> = []
    var layers: [SourceLayer] = []
    for entry in graph.entries where !entry.weights.isEmpty {
      guard let node = nodes[entry.node.name] else { continue }
      var tensors: [SourceTensor] = []
      for place in Self.places(of: entry, at: node.path) where listed[place] != nil && !used.contains(place) {
        used.insert(place)
        tensors += listed[place]?.flatMap(\.tensors) ?? []
      }
      if !tensors.isEmpty {
        layers.append(SourceLayer(names: [entry.node.name], tensors: tensors, path: node.path))
      }
    }
    layers += source.layers.filter { !used.contains($0.path ?? "") }
    return WeightMatcher(graph, WeightMapping()).match(layers)
  }

  /// Where a layer's variables lie, in their order: in its own group, or in those of the layers within it, whose names
  /// Keras 2 began with an underscore.
  private static func places(of entry: ResolvedGraph.Entry, at path: String) -> [String] {
    var parts: [String] = []
    for part in entry.weights.map({ $0.part ?? "" }) where !parts.contains(part) { parts.append(part) }
    return parts.flatMap { $0.isEmpty ? [path] : ["\(path)/\($0)", "\(path)/_\($0)"] }
  }

  // MARK: Keras 1 and 2

  private typealias Target = (entry: ResolvedGraph.Entry, node: ConfigNode)

  /// A group per layer of the outermost model.
  private func matchGroups(_ entries: [ResolvedGraph.Entry]) -> WeightMatch {
    let targets: [Target] = entries.compactMap { entry in nodes[entry.node.name].map { (entry, $0) } }
      .sorted { $0.node.position.lexicographicallyPrecedes($1.node.position) }
    var layers: [(name: String, targets: [Target])] = []
    for target in targets {
      let name = target.node.models.first ?? target.node.localName
      if layers.last?.name == name {
        layers[layers.count - 1].targets.append(target)
      } else {
        layers.append((name, [target]))
      }
    }
    var result = WeightMatch()
    var used: Set<String> = []
    for (layer, group) in zip(layers, groups(of: layers.map(\.name))) {
      guard let group else {
        for target in layer.targets {
          result.missing += target.entry.weights.map {
            .init(
              layer: target.entry.node.name, spec: $0,
              nearest: result.missing.isEmpty
                ? nearestNames(to: layer.name, amongst: source.groups.map(\.name)) : [])
          }
        }
        continue
      }
      used.insert(group.name)
      if layer.targets.count == 1, layer.targets[0].node.models.isEmpty {
        result.pair(layer.targets[0].entry, group.tensors, from: group.name)
      } else {
        pairNested(layer.targets, group, into: &result)
      }
    }
    for group in source.groups where !used.contains(group.name) {
      result.unused += group.tensors.map { .init(sourceLayer: group.name, tensor: $0) }
    }
    return result
  }

  /// The group of each layer: by name, or where the file was saved under other names, by order, as Keras itself
  /// loads such files. Behind a base that is taken without its top there may be more.
  private func groups(of names: [String]) -> [SourceGroup?] {
    let filled = source.groups.filter { !$0.tensors.isEmpty }
    let byName = Dictionary(filled.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let found = names.map { byName[$0] }
    guard found.contains(where: { $0 == nil }), filled.count >= names.count else { return found }
    return Array(filled.prefix(names.count))
  }

  /// The tensors of a nested model: by their names where those tell, else in Keras' order: all that training changes,
  /// layer by layer, then all others.
  private func pairNested(_ targets: [Target], _ group: SourceGroup, into result: inout WeightMatch) {
    if let named = tensorsByName(targets, group.tensors) {
      for (target, tensors) in zip(targets, named) { result.pair(target.entry, tensors, from: group.name) }
      return
    }
    let weights = targets.flatMap { target in target.entry.weights.map { (target.entry.node, $0) } }
    let isTrained = { (weight: (node: Node, spec: WeightSpec)) in
      weight.node.trainable && weight.spec.trainable
    }
    let ordered = weights.filter(isTrained) + weights.filter { !isTrained($0) }
    for (index, (node, spec)) in ordered.enumerated() {
      guard index < group.tensors.count else {
        result.missing.append(.init(layer: node.name, spec: spec, nearest: []))
        continue
      }
      result.apply(group.tensors[index], to: spec, of: node.name, from: group.name)
    }
    for tensor in group.tensors.dropFirst(ordered.count) {
      result.unused.append(.init(sourceLayer: group.name, tensor: tensor))
    }
  }

  /// `nil` where a name is no layer's, or several layers'.
  private func tensorsByName(_ targets: [Target], _ tensors: [SourceTensor]) -> [[SourceTensor]]? {
    var found = Array(repeating: [SourceTensor](), count: targets.count)
    for tensor in tensors {
      let owner = tensor.name.lastIndex(of: "/").map { tensor.name[..<$0] } ?? ""
      let candidates = targets.indices.filter {
        let name = targets[$0].node.localName
        return owner == name || owner.hasSuffix("/" + name)
      }
      let longest = candidates.map { targets[$0].node.localName.utf8.count }.max()
      let best = candidates.filter { targets[$0].node.localName.utf8.count == longest }
      guard best.count == 1 else { return nil }
      found[best[0]].append(tensor)
    }
    return zip(targets, found).allSatisfy { $0.entry.weights.count == $1.count } ? found : nil
  }
}
