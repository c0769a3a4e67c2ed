import ZooFile
import ZooGraph

extension OutgoingModel {
  /// Rows of a table by numbers that never change are written as what they are: Keras has no layer that is called with
  /// constants. A layer that takes them with something else becomes an operation, which can.
  mutating func writeOutConstantLookUps() throws {
    var nodes = graph.graph.nodes
    var constants = Set(nodes.filter { $0.layer.kind is Constant }.map(\.name))
    guard !constants.isEmpty else { return }
    for index in nodes.indices {
      let node = nodes[index]
      if let table = node.layer.kind as? Embedding, node.inputs.count == 1,
        let numbers = nodes.first(where: { $0.name == node.inputs[0] })?.layer.kind as? Constant
      {
        nodes[index].layer = Layer(try rows(of: table, numbers, owner: node.sharing ?? node.name))
        (nodes[index].inputs, nodes[index].sharing) = ([], nil)
        constants.insert(node.name)
      } else if node.inputs.count == 2, node.inputs.contains(where: constants.contains),
        let function = node.layer.kind.binaryFunction
      {
        nodes[index].layer = Layer(Arithmetic(function))
      }
    }
    graph = try ModelGraph(name: graph.graph.name, nodes: nodes, outputs: graph.graph.outputs)
      .withoutUnused().resolved()
  }

  private func rows(of table: Embedding, _ numbers: Constant, owner: String) throws -> Constant {
    try file.withWeight(layer: owner, weight: "embeddings") { values in
      var rows: [Float] = []
      for number in numbers.values {
        guard number >= 0, number < Float(table.inputDim) else {
          throw GraphError(node: owner, "has no row \(number)")
        }
        let start = Int(number) * table.outputDim
        rows += values[start..<start + table.outputDim]
      }
      return Constant(shape: Shape(numbers.shape.dimensions + [table.outputDim]), values: rows)
    }
  }
}

extension LayerKind {
  /// What a layer does to two inputs, value by value.
  fileprivate var binaryFunction: BinaryFunction? {
    switch self {
    case is Add: .add
    case is Subtract: .subtract
    case is Multiply: .multiply
    case is Maximum: .maximum
    case is Minimum: .minimum
    default: nil
    }
  }
}
