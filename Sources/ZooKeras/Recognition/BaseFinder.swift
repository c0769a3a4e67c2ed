import ZooGraph
import ZooPlugin

/// A base found in a graph: layer by layer and connection by connection the same.
struct FoundBase {
  var base: Base
  /// Names in the base of layers of the graph.
  var names: [String: String]
  /// The layer of the graph that gives what the base takes.
  var input: String
  /// The layer of the graph that gives what the base without top gives.
  var output: String
  /// Whether the graph is the base to its end, with Keras' own classifier.
  var isWhole: Bool
  /// What the base does to its pixels at its beginning, where the graph's author left that to the outside.
  var leftOutside: Rescaling?
}

/// Looks for a known base in a graph. Names do not count, parameters and connections do.
struct BaseFinder {
  let registry: Registry
  let graph: ModelGraph
  private let nodes: [String: Node]

  init(_ graph: ModelGraph, in registry: Registry) {
    self.registry = registry
    self.graph = graph
    nodes = Dictionary(graph.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The largest base that the graph holds; of several with the same graph the one for the graph's size, or `preferred`.
  ///
  /// - Parameter parameters: of the graph. What has more cannot be in it.
  func find(parameters: Int, preferred: String?) -> FoundBase? {
    guard let input = graph.nodes.lazy.compactMap(\.pictureShape).first else { return nil }
    var seen: Set<[String]> = []
    let candidates = registry.bases
      .filter { $0.parametersWithoutTop <= parameters }
      .filter { seen.insert([$0.family, "\($0.parameters)", "\($0.parametersWithoutTop)"]).inserted }
      .sorted { $0.parametersWithoutTop > $1.parametersWithoutTop }
    // Some bases have layers behind the pooling, and end otherwise without it.
    let ends = [Pooling.none, .avg, .max].lazy.flatMap { pooling in candidates.map { ($0, pooling) } }
    for (base, pooling) in ends {
      guard var found = find(base, Size2D(input.height, input.width), pooling) else { continue }
      let alike = registry.bases.filter {
        $0.family == base.family && $0.parameters == base.parameters
          && $0.parametersWithoutTop == base.parametersWithoutTop
      }
      found.base =
        alike.first { $0.name == preferred }
        ?? alike.first { $0.inputSize == input.height && $0.inputSize == input.width } ?? base
      return found
    }
    return nil
  }

  private func find(_ base: Base, _ size: Size2D, _ pooling: Pooling) -> FoundBase? {
    // A size below the base's least, for example, is no variant of it.
    let variant = Variant(of: base, includeTop: false, pooling: pooling, inputSize: size)
    guard let architecture = try? registry.architecture(of: variant) else { return nil }
    let known = KnownGraph(architecture.graph)
    guard let end = known.nodes[known.graph.output] else { return nil }
    for node in graph.nodes.reversed() where Self.isSame(end.layer, node.layer) {
      guard var found = compare(known, at: end.name, with: node.name, base) else { continue }
      guard let whole = wholeNames(base, found.input) else { return found }
      found.names.merge(whole) { first, _ in first }
      found.isWhole = true
      return found
    }
    return nil
  }

  /// The names of all layers where the graph is the base with top.
  private func wholeNames(_ base: Base, _ input: String) -> [String: String]? {
    guard let last = nodes[graph.output], nodes[input]?.pictureShape != nil,
      let shape = (try? graph.cut(at: graph.output).resolved())?.outputShape, shape.rank == 1
    else { return nil }
    let function = (last.layer.kind as? any ActivatedLayer)?.activation ?? .softmax
    guard let size = nodes[input]?.pictureShape, (1...1_000_000).contains(shape.channels) else { return nil }
    let variant = Variant(
      of: base, includeTop: true, inputSize: Size2D(size.height, size.width), classes: shape.channels,
      classifierActivation: function)
    guard let architecture = try? registry.architecture(of: variant) else { return nil }
    let known = KnownGraph(architecture.graph)
    return compare(known, at: known.graph.output, with: graph.output, base)?.names
  }

  /// Goes from the ends to the beginning in both graphs.
  private func compare(
    _ known: KnownGraph, at knownEnd: String, with end: String, _ base: Base
  ) -> FoundBase? {
    var pairs: [String: String] = [:]
    var input: String?
    var leftOutside: Rescaling?
    var open = [(knownEnd, end)]
    while let (knownName, name) = open.popLast() {
      guard let knownNode = known.node(behindIdentitiesOf: knownName),
        let node = node(behindIdentitiesOf: name)
      else { return nil }
      if let earlier = pairs[knownNode.name] {
        guard earlier == node.name else { return nil }
        continue
      }
      if let layer = knownNode.layer.kind as? InputLayer {
        guard input == nil || input == node.name, shape(of: node.name) == layer.shape else { return nil }
        input = node.name
        pairs[knownNode.name] = node.name
        continue
      }
      if !Self.isSame(knownNode.layer, node.layer) {
        guard let scaling = knownNode.layer.kind as? Rescaling, scaling.scale.count == 1,
          scaling.offset.count == 1,
          let before = knownNode.inputs.first, known.nodes[before]?.layer.kind is InputLayer
        else { return nil }
        leftOutside = scaling
        open.append((before, node.name))
        continue
      }
      guard knownNode.inputs.count == node.inputs.count else { return nil }
      pairs[knownNode.name] = node.name
      open += zip(knownNode.inputs, node.inputs).map { ($0, $1) }
    }
    guard let input else { return nil }
    // What the base takes may be another layer's result here.
    if nodes[input]?.pictureShape == nil { pairs = pairs.filter { $0.value != input } }
    return FoundBase(
      base: base, names: Dictionary(pairs.map { ($1, $0) }, uniquingKeysWith: { first, _ in first }),
      input: input, output: end, isWhole: false, leftOutside: leftOutside)
  }

  private func shape(of name: String) -> Shape? {
    if let shape = nodes[name]?.pictureShape { return shape }
    return (try? graph.cut(at: name).resolved())?.outputShape
  }

  private func node(behindIdentitiesOf name: String) -> Node? { nodes.node(behindIdentitiesOf: name) }

  /// Whether two layers give the same when predicting.
  private static func isSame(_ known: Layer, _ layer: Layer) -> Bool {
    guard var first = known.kind as? BatchNormalization, let second = layer.kind as? BatchNormalization else {
      return known == layer
    }
    // Training only.
    first.momentum = second.momentum
    return first == second
  }
}

/// A base's graph.
private struct KnownGraph {
  let graph: ModelGraph
  let nodes: [String: Node]

  init(_ graph: ModelGraph) {
    self.graph = graph
    nodes = Dictionary(graph.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  func node(behindIdentitiesOf name: String) -> Node? { nodes.node(behindIdentitiesOf: name) }
}

extension [String: Node] {
  /// The node, or the one before it that gives the same when predicting.
  fileprivate func node(behindIdentitiesOf name: String) -> Node? {
    var node = self[name]
    while let found = node, found.layer.kind.isIdentity, let before = found.inputs.first {
      node = self[before]
    }
    return node
  }
}

extension Node {
  /// The shape of an input for pictures.
  fileprivate var pictureShape: Shape? {
    guard let layer = layer.kind as? InputLayer, layer.shape.rank == 3 else { return nil }
    return layer.shape
  }
}
