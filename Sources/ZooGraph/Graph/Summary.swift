/// A row of a graph's summary table.
public struct SummaryRow: Sendable, Equatable, Codable {
  /// The layer's name.
  public var name: String
  /// Keras' class name.
  public var kind: String
  /// Without the batch.
  public var shape: Shape
  /// The number of values in its weights.
  public var parameters: Int
  /// The names of the layers that it takes.
  public var connectedTo: [String]
}

extension ResolvedGraph {
  /// The rows of `model.summary()`, in Keras' order.
  public var summary: [SummaryRow] {
    kerasOrder.map { index in
      let entry = entries[index]
      return SummaryRow(
        name: entry.node.name, kind: entry.node.layer.className, shape: entry.shape,
        parameters: entry.weights.reduce(0) { $0 + $1.elementCount }, connectedTo: entry.node.inputs)
    }
  }
}
