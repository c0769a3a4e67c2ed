/// A graph that has been checked, with every shape and weight known. Nothing is allocated before this.
public struct ResolvedGraph: Sendable {
  /// A node with what is known of it.
  public struct Entry: Sendable {
    /// The node itself.
    public let node: Node
    /// Indices of the nodes whose outputs this one takes.
    public let inputs: [Int]
    /// The output's shape, without the batch.
    public let shape: Shape
    /// The weights of the layer, in Keras' order. None where another node's are used that comes before.
    public let weights: [WeightSpec]
    /// The layer whose weights it uses, mostly its own.
    public var owner: String { node.sharing ?? node.name }
  }

  /// The graph as it was declared.
  public let graph: ModelGraph
  /// In the graph's order: each entry comes after its inputs.
  public let entries: [Entry]
  /// Of the input layer.
  public let inputIndex: Int
  /// Of the first output.
  public let outputIndex: Int
  private let indices: [String: Int]

  /// The shape of one picture.
  public var inputShape: Shape { entries[inputIndex].shape }
  /// The shape of the first output, without the batch.
  public var outputShape: Shape { entries[outputIndex].shape }

  /// The entries of all outputs.
  public var outputs: [Entry] { graph.outputs.compactMap { indices[$0] }.map { entries[$0] } }

  /// The position of a node.
  public func index(of name: String) -> Int? { indices[name] }

  /// The entry of a node.
  ///
  /// - Throws: `GraphError` that suggests the nearest names.
  public func entry(named name: String) throws(GraphError) -> Entry {
    guard let index = indices[name] ?? stage(named: name)?.upperBound else {
      let stages = graph.stages.indices.map { "stage\($0 + 1)" }
      throw GraphError(unknown(name, amongst: entries.map(\.node.name) + stages, what: "layer"))
    }
    return entries[index]
  }

  /// The entries of a stage, such as `stage3`; the last one gives its result.
  public func stage(named name: String) -> ClosedRange<Int>? {
    guard let position = graph.stages.indices.first(where: { "stage\($0 + 1)" == name }),
      let end = indices[graph.stages[position]]
    else { return nil }
    let start = position == 0 ? 0 : (indices[graph.stages[position - 1]] ?? 0) + 1
    return start...end
  }

  /// The number of values in all weights.
  public var parameterCount: Int {
    entries.reduce(0) { $0 + $1.weights.reduce(0) { $0 + $1.elementCount } }
  }

  fileprivate init(_ graph: ModelGraph) throws(GraphError) {
    guard graph.nodes.count <= Limit.nodes else {
      throw GraphError("has \(graph.nodes.count) layers, more than \(Limit.nodes)")
    }
    var indices: [String: Int] = [:]
    var entries: [Entry] = []
    // The first use of each layer's weights.
    var owners: [String: Entry] = [:]
    var inputIndex: Int?
    for node in graph.nodes {
      try Self.check(name: node.name, against: indices)
      if node.layer.kind is InputLayer {
        guard inputIndex == nil else { throw GraphError(node: node.name, "is a second input layer") }
        inputIndex = entries.count
      }
      let inputs = try Self.inputIndices(of: node, in: indices, graph: graph)
      indices[node.name] = entries.count
      let entry = try Self.entry(
        for: node, inputs: inputs, shapes: inputs.map { entries[$0].shape },
        sharing: owners[node.sharing ?? node.name])
      owners[entry.owner] = owners[entry.owner] ?? entry
      entries.append(entry)
    }
    guard let inputIndex else { throw GraphError("has no input layer") }
    for output in graph.outputs where indices[output] == nil {
      throw GraphError("the output '\(output)' is not a layer of the graph")
    }
    let ends = graph.stages.map { indices[$0] ?? -1 }
    guard ends.allSatisfy({ $0 >= 0 }), zip(ends, ends.dropFirst()).allSatisfy(<) else {
      throw GraphError("the stages \(graph.stages) are not ended by layers that follow one another")
    }
    guard Set(graph.outputs).count == graph.outputs.count, let outputIndex = indices[graph.output] else {
      throw GraphError("an output is listed twice")
    }
    self.graph = graph
    self.entries = entries
    self.indices = indices
    self.inputIndex = inputIndex
    self.outputIndex = outputIndex
    try checkConnected()
  }

  private static func check(name: String, against indices: [String: Int]) throws(GraphError) {
    guard !name.isEmpty, name.utf8.count <= Limit.nameLength else {
      throw GraphError("a layer's name must have 1 to \(Limit.nameLength) bytes, found \(name.utf8.count)")
    }
    guard indices[name] == nil else { throw GraphError(node: name, "the name is used twice") }
  }

  private static func inputIndices(
    of node: Node, in indices: [String: Int], graph: ModelGraph
  ) throws(GraphError) -> [Int] {
    var result: [Int] = []
    for input in node.inputs {
      guard let index = indices[input] else {
        let exists = graph.nodes.contains { $0.name == input }
        throw GraphError(
          node: node.name,
          exists
            ? "takes '\(input)', which comes after it: the graph has a cycle or is out of order"
            : unknown(input, amongst: graph.nodes.map(\.name), what: "input"))
      }
      result.append(index)
    }
    return result
  }

  private static func entry(
    for node: Node, inputs: [Int], shapes: [Shape], sharing owner: Entry?
  ) throws(GraphError) -> Entry {
    do throws(GraphError) {
      let shape = try node.layer.kind.outputShape(of: shapes)
      for dimension in shape.dimensions where dimension > Limit.dimension {
        throw GraphError("the output \(shape) exceeds \(Limit.dimension) in one dimension")
      }
      guard let count = shape.elementCount, count <= Limit.elements else {
        throw GraphError("the output \(shape) has more than \(Limit.elements) values")
      }
      let weights = node.layer.kind.weights(for: shapes)
      for weight in weights where elementCountOf(weight.shape) ?? .max > Limit.elements {
        throw GraphError("the weight '\(weight.name)' has more than \(Limit.elements) values")
      }
      if let owner, owner.weights != weights || owner.node.layer != node.layer {
        throw GraphError("uses the weights of '\(owner.owner)', which is another layer or takes other inputs")
      }
      return Entry(node: node, inputs: inputs, shape: shape, weights: owner == nil ? weights : [])
    } catch {
      throw GraphError(node: node.name, error.reason)
    }
  }

  private func checkConnected() throws(GraphError) {
    var needed = Array(repeating: false, count: entries.count)
    for output in graph.outputs { needed[indices[output] ?? outputIndex] = true }
    for index in entries.indices.reversed() where needed[index] {
      for input in entries[index].inputs { needed[input] = true }
    }
    if let loose = needed.firstIndex(of: false) {
      throw GraphError(node: entries[loose].node.name, "does not lead to the output '\(graph.output)'")
    }
  }
}

extension ModelGraph {
  /// Checks the graph and infers all shapes and weights.
  ///
  /// - Throws: `GraphError` that names the layer at fault.
  public func resolved() throws(GraphError) -> ResolvedGraph {
    try ResolvedGraph(self)
  }
}
