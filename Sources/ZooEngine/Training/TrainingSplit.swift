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

  /// Cuts `graph` as high as possible: below the first layer that has a trainable weight, uses batch
  /// statistics or drops values at random, on every way from the input to the output.
  ///
  /// - Throws: `EngineError` when a weight or a layer does not exist, a weight is not for gradient descent, or
  ///   nothing is trainable.
  public init(
    _ graph: ResolvedGraph, trainable: Set<WeightName>, batchStatistics: Set<String> = []
  ) throws(EngineError) {
    try Self.check(graph, trainable, batchStatistics)
    var active = Set<Int>()
    for (index, entry) in graph.entries.enumerated() {
      let name = entry.node.name
      let trains = entry.weights.contains { trainable.contains(WeightName(name, $0.name)) }
      let changes = trains || batchStatistics.contains(name) || entry.node.layer.dropsValues
      if changes || entry.inputs.contains(where: active.contains) { active.insert(index) }
    }
    let entering = Set(active.flatMap { graph.entries[$0].inputs }).subtracting(active)
    self.trainable = trainable
    self.batchStatistics = batchStatistics
    boundary = entering.sorted().map { graph.entries[$0].node.name }
    self.active = active.sorted().map { graph.entries[$0].node.name }
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
      guard case .batchNormalization = try layer(name, of: graph).node.layer else {
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

extension Layer {
  /// Whether it sets values to zero at random while training.
  fileprivate var dropsValues: Bool {
    if case .dropout(let layer) = self { layer.rate > 0 } else { false }
  }
}
