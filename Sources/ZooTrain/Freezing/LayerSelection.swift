import ZooEngine
import ZooGraph
import ZooSystem

/// Which layers of a network are to be trained, as a user writes it.
///
/// - `head`: the new layers only.
/// - `all`: every layer.
/// - a number: that many layers at the top of the base, in Keras' order, and the head.
/// - a pattern with `*` or `?`: the layers that match, and the head.
/// - a layer, or the beginning of layers' names such as `block5`, `conv5`, `block_13`: from the first such layer
///   on to the top.
public struct LayerSelection: Sendable, Equatable, Codable, CustomStringConvertible {
  /// As it was written.
  public var text: String

  /// - Parameter text: `head`, `all`, a number, a pattern, or a layer's name.
  public init(_ text: String) { self.text = text }

  public var description: String { text }

  /// The layers selected that have weights for gradient descent, in the graph's order.
  ///
  /// - Parameter head: the new layers on top of the base.
  /// - Throws: `TrainError` with the nearest names when nothing matches.
  public func layers(of graph: ResolvedGraph, head: [String]) throws(TrainError) -> [String] {
    let selected = try indices(in: graph, head: Set(head))
    let layers = selected.sorted().map { graph.entries[$0] }.filter {
      $0.weights.contains(where: \.trainable)
    }
    guard !layers.isEmpty else { throw TrainError("no layer of '\(text)' has weights to train") }
    return layers.map(\.node.name)
  }

  private func indices(in graph: ResolvedGraph, head: Set<String>) throws(TrainError) -> Set<Int> {
    let names = graph.entries.map(\.node.name)
    let headIndices = Set(names.indices.filter { head.contains(names[$0]) })
    if text == "head" {
      guard !headIndices.isEmpty else { throw TrainError("the network has no new head to train") }
      return headIndices
    }
    if text == "all" { return Set(names.indices) }
    if let count = Int(text) {
      let base = graph.kerasOrder.filter { !headIndices.contains($0) }
      guard (0...base.count).contains(count) else {
        throw TrainError("the base has \(base.count) layers, so \(count) of them cannot be trained")
      }
      return headIndices.union(base.suffix(count))
    }
    if text.contains(where: { $0 == "*" || $0 == "?" }) {
      let matching = names.indices.filter { matches(names[$0], glob: text) }
      guard !matching.isEmpty else { throw TrainError("no layer matches '\(text)'") }
      return headIndices.union(matching)
    }
    guard
      let first = names.firstIndex(of: text) ?? graph.stage(named: text)?.lowerBound
        ?? names.firstIndex(where: { begins($0) })
    else {
      throw TrainError(
        unknown(text, amongst: names + blocks(of: names), what: "layer or block")
          .followed(by: "'zoo info MODEL --layers' shows all"))
    }
    return headIndices.union(first..<names.count)
  }

  /// Whether the text is a whole word at the beginning of `name`: `block_1` is none of `block_16_expand`.
  private func begins(_ name: String) -> Bool {
    guard !text.isEmpty, name.hasPrefix(text) else { return false }
    return name.dropFirst(text.count).first.map { !$0.isLetter && !$0.isNumber } ?? true
  }

  /// The words that layers' names begin with, as suggestions: of `block_13_expand` these are `block` and
  /// `block_13`.
  private func blocks(of names: [String]) -> [String] {
    var blocks: Set<String> = []
    for name in names {
      let words = name.split(separator: "_")
      for count in 1..<max(2, words.count) { blocks.insert(words.prefix(count).joined(separator: "_")) }
    }
    return blocks.subtracting(names).sorted()
  }
}

extension TrainingSplit {
  /// The cut for training `layers`.
  ///
  /// - Parameter trainsBatchNormalization: whether their BatchNormalization layers use the statistics of the
  ///   batch; otherwise they stay in inference mode, and only their `gamma` and `beta` are trained.
  /// - Throws: `TrainError`.
  public init(
    _ graph: ResolvedGraph, layers: [String], trainsBatchNormalization: Bool
  ) throws(TrainError) {
    var trainable: Set<WeightName> = []
    var statistics: Set<String> = []
    let wanted = Set(layers)
    for entry in graph.entries where wanted.contains(entry.node.name) {
      for weight in entry.weights where weight.trainable {
        trainable.insert(WeightName(entry.owner, weight.name))
      }
      if entry.node.layer.kind is BatchNormalization, trainsBatchNormalization {
        statistics.insert(entry.owner)
      }
    }
    do throws(EngineError) {
      try self.init(graph, trainable: trainable, batchStatistics: statistics)
    } catch {
      throw TrainError(error.description)
    }
  }
}
