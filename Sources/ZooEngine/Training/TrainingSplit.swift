import ZooGraph

/// Where a network is divided for training: the layers below the cut are frozen and may be computed once per
/// picture, those above it run forward and backward in every step.
public struct TrainingSplit: Sendable, Equatable {
  /// The weights that gradient descent changes.
  public let trainable: Set<WeightName>
  /// The BatchNormalization layers that use the statistics of the batch, and update their moving ones.
  public let batchStatistics: Set<String>
  /// The frozen layers whose outputs enter the layers above the cut, in the graph's order.
  public let boundary: [String]
  /// The layers above the cut, in the graph's order.
  public let active: [String]
  /// The layer of the boundary whose output's gradient is wanted; `nil` where weights are trained.
  public let observed: String?

  /// Cuts `graph` as high as possible: below the first layer that has a trainable weight, uses batch
  /// statistics or drops values at random, on every way from the input to the output.
  ///
  /// - Throws: `EngineError` when a weight or a layer does not exist, a weight is not for gradient descent, or
  ///   nothing is trainable.
  public init(
    _ graph: ResolvedGraph, trainable: Set<WeightName>, batchStatistics: Set<String> = []
  ) throws(EngineError) {
    try Self.check(graph, trainable, batchStatistics)
    let trained = Set(trainable.map(\.layer))
    var active = Set<Int>()
    for (index, entry) in graph.entries.enumerated() {
      let trains = trained.contains(entry.owner)
      let changes = trains || batchStatistics.contains(entry.owner) || entry.node.layer.kind.isRandom
      if changes || entry.inputs.contains(where: active.contains) { active.insert(index) }
    }
    self.trainable = trainable
    self.batchStatistics = batchStatistics
    observed = nil
    (boundary, self.active) = Self.parts(of: graph, above: active)
  }

  /// Cuts `graph` behind `layer`, to see what its output does to the network's. Nothing is trained.
  ///
  /// - Throws: `EngineError` for a layer that does not exist, or does not lead to the output.
  public init(_ graph: ResolvedGraph, observing layer: String) throws(EngineError) {
    let entry = try Self.layer(layer, of: graph)
    guard let index = graph.index(of: entry.node.name) else {
      preconditionFailure("'\(layer)' is in the graph and has no place in it")
    }
    var active = Set<Int>()
    for (position, entry) in graph.entries.enumerated()
    where entry.inputs.contains(where: { $0 == index || active.contains($0) }) { active.insert(position) }
    guard active.contains(graph.outputIndex) else {
      throw EngineError(layer: layer, "has no layer behind it on the way to the output")
    }
    trainable = []
    batchStatistics = []
    observed = entry.node.name
    (boundary, self.active) = Self.parts(of: graph, above: active)
  }

  /// The names of the layers at the boundary of `active`, and of those above it with the constants they take.
  private static func parts(
    of graph: ResolvedGraph, above active: Set<Int>
  ) -> (boundary: [String], active: [String]) {
    let active = active.union(constants(of: graph, below: active))
    let entering = Set(active.flatMap { graph.entries[$0].inputs }).subtracting(active)
    func names(_ indices: Set<Int>) -> [String] { indices.sorted().map { graph.entries[$0].node.name } }
    return (names(entering), names(active))
  }

  /// What the active layers take that does not depend on the picture, and is no output to be kept for each.
  private static func constants(of graph: ResolvedGraph, below active: Set<Int>) -> Set<Int> {
    var dependsOnPicture = Set<Int>()
    for (index, entry) in graph.entries.enumerated()
    where index == graph.inputIndex || entry.inputs.contains(where: dependsOnPicture.contains) {
      dependsOnPicture.insert(index)
    }
    var found = Set<Int>()
    for index in graph.entries.indices.reversed() where active.contains(index) || found.contains(index) {
      found.formUnion(graph.entries[index].inputs.filter { !dependsOnPicture.contains($0) })
    }
    return found
  }

  private static func check(
    _ graph: ResolvedGraph, _ trainable: Set<WeightName>, _ batchStatistics: Set<String>
  ) throws(EngineError) {
    guard !trainable.isEmpty else { throw EngineError("no weight is trainable; unfreeze a layer") }
    for name in trainable.sorted(by: { $0.description < $1.description }) {
      let entry = try layer(name.layer, of: graph)
      guard let weight = entry.weights.first(where: { $0.name == name.weight }) else {
        throw EngineError(
          layer: name.layer, unknown(name.weight, amongst: entry.weights.map(\.name), what: "weight"))
      }
      guard weight.trainable else {
        throw EngineError(layer: name.layer, "'\(name.weight)' is not changed by gradient descent")
      }
    }
    for name in batchStatistics.sorted() {
      guard try layer(name, of: graph).node.layer.kind is BatchNormalization else {
        throw EngineError(layer: name, "is no BatchNormalization layer")
      }
    }
  }

  private static func layer(
    _ name: String, of graph: ResolvedGraph
  ) throws(EngineError) -> ResolvedGraph.Entry {
    do throws(GraphError) {
      return try graph.entry(named: name)
    } catch {
      throw EngineError(error.description)
    }
  }
}
