/// A graph while a fusion pass walks over it: operations can be looked up by value and taken out.
package struct Rewriting {
  package private(set) var slots: [LoweredOperation?]
  private var positions: [ValueID: Int]
  private let useCounts: [ValueID: Int]
  private let outputs: [ValueID]

  package init(_ graph: LoweredGraph) {
    slots = graph.operations
    positions = graph.positions
    useCounts = graph.useCounts
    outputs = graph.outputs
  }

  /// The operation that gives `value`.
  package func producer(of value: ValueID) -> LoweredOperation? {
    positions[value].flatMap { slots[$0] }
  }

  /// Whether `value` has one consumer and nobody asked for it, so that it need not exist.
  package func isInternal(_ value: ValueID) -> Bool {
    useCounts[value] == 1 && !outputs.contains(value)
  }

  package func position(of value: ValueID) -> Int { positions[value] ?? -1 }

  package mutating func replace(at index: Int, by operation: LoweredOperation) {
    slots[index] = operation
  }

  /// Puts `producer`, changed by `change`, in the place of its only consumer at `index`, whose value it
  /// gives. There all of its inputs are known.
  package mutating func merge(
    _ producer: LoweredOperation, intoConsumerAt index: Int, _ change: (inout LoweredOperation) -> Void
  ) {
    guard let consumer = slots[index], let place = positions[producer.id] else { return }
    var merged = producer
    merged.id = consumer.id
    merged.layers += consumer.layers
    change(&merged)
    slots[place] = nil
    slots[index] = merged
  }

  /// The graph after the pass.
  package var result: LoweredGraph {
    var graph = LoweredGraph(operations: slots.compactMap { $0 }, outputs: outputs)
    graph.removeUnused()
    return graph
  }
}
