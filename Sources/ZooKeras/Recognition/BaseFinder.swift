import ZooGraph
import ZooPlugin

/// A base found in a graph: layer by layer and connection by connection the same.
struct FoundBase {
  var base: Base
  /// Names in the base of layers of the graph.
  var names: [String: String]
  /// The base's layers that end its stages.
  var stages: [String]
  /// The layer of the graph that gives what the base takes.
  var input: String
  /// The layer of the graph that gives what the base without top gives.
  var output: String
  /// Whether the graph is the base to its end, with Keras' own classifier.
  var isWhole: Bool
  /// Whether it is the base as Keras builds it for the published weights.
  var isPretrained = true
  /// What the base does to its pixels at its beginning, where the graph's author left that to the outside.
  var leftOutside: [any AffineLayer] = []
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
  func find(preferred: String?) -> FoundBase? {
    guard let input = graph.nodes.lazy.compactMap(\.pictureShape).first,
      // What is wrong with a graph is told by whoever needs it resolved.
      let counts = (try? graph.endingEverywhere.resolved()).map(PrecedingParameters.init)
    else { return nil }
    var seen: Set<[String]> = []
    let candidates = registry.bases
      .filter { counts.mayHold($0.parametersWithoutTop) }
      .filter { seen.insert([$0.family, "\($0.parameters)", "\($0.parametersWithoutTop)"]).inserted }
      .sorted { $0.parametersWithoutTop > $1.parametersWithoutTop }
    // Some bases have layers behind the pooling, and end otherwise without it.
    let size = Size2D(input.height, input.width)
    let variants = [Pooling.none, .avg, .max].lazy.flatMap { pooling in
      candidates.flatMap { base in
        (base.differsUntrained == true ? [true, false] : [true]).map { isPretrained in
          (
            base,
            Variant(
              of: base, includeTop: false, pooling: pooling, inputSize: size, isPretrained: isPretrained)
          )
        }
      }
    }
    for (base, variant) in variants {
      guard var found = find(base, variant) else { continue }
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

  private func find(_ base: Base, _ variant: Variant) -> FoundBase? {
    // A size below the base's least, for example, is no variant of it.
    guard let architecture = try? registry.architecture(of: variant) else { return nil }
    let known = KnownGraph(architecture.graph)
    guard let end = known.nodes[known.graph.output] else { return nil }
    for node in graph.nodes.reversed() where Self.isSame(end.layer, node.layer) {
      guard var found = compare(known, at: end.name, with: node.name, base) else { continue }
      found.isPretrained = variant.isPretrained
      guard let whole = wholeNames(base, found) else { return found }
      found.names.merge(whole) { first, _ in first }
      found.isWhole = true
      return found
    }
    return nil
  }

  /// The names of all layers where the graph is the base with top.
  private func wholeNames(_ base: Base, _ found: FoundBase) -> [String: String]? {
    guard let last = nodes[graph.output], nodes[found.input]?.pictureShape != nil,
      let shape = (try? graph.cut(at: graph.output).resolved())?.outputShape, shape.rank == 1
    else { return nil }
    let function = (last.layer.kind as? any ActivatedLayer)?.activation ?? .softmax
    guard let size = nodes[found.input]?.pictureShape, (1...1_000_000).contains(shape.channels) else {
      return nil
    }
    let variant = Variant(
      of: base, includeTop: true, inputSize: Size2D(size.height, size.width), classes: shape.channels,
      classifierActivation: function, isPretrained: found.isPretrained)
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
    var leftOutside: [any AffineLayer] = []
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
        guard let (start, layers) = known.preparation(endingIn: knownNode) else { return nil }
        leftOutside = layers
        open.append((start, node.name))
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
      stages: known.graph.stages,
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

/// How many parameters stand before each place of a graph. What lies between one place and another behind it has as many
/// as the two differ by: so most bases need not be built to see that they are not there.
private struct PrecedingParameters {
  private var counts: Set<Int> = []

  init(_ graph: ResolvedGraph) {
    let weighted = graph.entries.filter { !$0.weights.isEmpty }
    let owners = Dictionary(
      weighted.enumerated().map { ($1.owner, $0) }, uniquingKeysWith: { first, _ in first })
    let sizes = weighted.map { $0.weights.reduce(0) { $0 + $1.elementCount } }
    var readers = graph.entries.map { _ in 0 }
    for input in graph.entries.flatMap({ Set($0.inputs) }) { readers[input] += 1 }
    // Of each entry the owners of weights before it and its own, as long as others need them.
    var before: [Int: Place] = [:]
    for (index, entry) in graph.entries.enumerated() {
      var place = Place(owners: weighted.count)
      for input in Set(entry.inputs) {
        if let found = before[input] { place.follow(found, sizes) }
        readers[input] -= 1
        if readers[input] == 0 { before[input] = nil }
      }
      if let owner = owners[entry.owner] { place.insert(owner, sizes) }
      counts.insert(place.count)
      before[index] = place
    }
  }

  func mayHold(_ parameters: Int) -> Bool { counts.contains { counts.contains($0 - parameters) } }

  /// The owners of weights before a place, a bit each, and how many parameters they have.
  private struct Place {
    private var owners: [UInt64]
    private(set) var count = 0

    init(owners: Int) { self.owners = Array(repeating: 0, count: owners / 64 + 1) }

    mutating func insert(_ owner: Int, _ sizes: [Int]) {
      let bit: UInt64 = 1 << (owner % 64)
      guard owners[owner / 64] & bit == 0 else { return }
      owners[owner / 64] |= bit
      count += sizes[owner]
    }

    mutating func follow(_ other: Place, _ sizes: [Int]) {
      guard count > 0 else { return self = other }
      for word in owners.indices {
        var new = other.owners[word] & ~owners[word]
        owners[word] |= new
        while new != 0 {
          count += sizes[64 * word + new.trailingZeroBitCount]
          new &= new - 1
        }
      }
    }
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

  /// The layers from the input to a node, where they do no more than scale pixels by known numbers.
  func preparation(endingIn last: Node) -> (input: String, layers: [any AffineLayer])? {
    var (node, layers) = (last, [any AffineLayer]())
    while !(node.layer.kind is InputLayer) {
      guard let layer = node.layer.kind as? any AffineLayer, layer.affine != nil,
        let before = node.inputs.first.flatMap(self.node(behindIdentitiesOf:))
      else { return nil }
      layers.insert(layer, at: 0)
      node = before
    }
    return (node.name, layers)
  }
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

extension ModelGraph {
  /// With every layer that no other one takes as an output. Where layers were left out, the model's own are not there.
  fileprivate var endingEverywhere: ModelGraph {
    let taken = Set(nodes.flatMap(\.inputs))
    var graph = self
    graph.outputs = nodes.map(\.name).filter { !taken.contains($0) }
    return graph
  }
}

extension Node {
  /// The shape of an input for pictures.
  fileprivate var pictureShape: Shape? {
    guard let layer = layer.kind as? InputLayer, layer.shape.rank == 3 else { return nil }
    return layer.shape
  }
}
