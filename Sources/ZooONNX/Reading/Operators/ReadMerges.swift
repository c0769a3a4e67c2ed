import ZooGraph

extension GraphReader {
  mutating func readConcatenation(_ node: ReadNode) throws -> ReadValue {
    let inputs = try node.inputs.indices.map { try materialized(try value(node, $0), node.name) }
    let rank = inputs[0].order.count + 1
    let axis = node.int("axis").map { $0 < 0 ? $0 + rank : $0 } ?? 0
    guard (1..<rank).contains(axis), inputs.allSatisfy({ $0.order == inputs[0].order }) else {
      throw unsupported(node, "the axis \(axis), or inputs that lie in different orders")
    }
    return try add(Concatenate(axis: inputs[0].order[axis - 1]), node, inputs)
  }

  /// Of two values, or of a value and numbers that are part of the model.
  mutating func readArithmetic(_ node: ReadNode) throws -> ReadValue {
    guard node.inputs.count == 2 else { throw unsupported(node, "\(node.inputs.count) inputs") }
    for (number, other) in [(1, 0), (0, 1)] where constants[node.inputs[number]] != nil {
      return try readScaling(node, value: other, constant: number)
    }
    let (first, second) = (
      try materialized(try value(node, 0), node.name), try materialized(try value(node, 1), node.name)
    )
    guard first.order == second.order else {
      throw unsupported(node, "inputs that lie in different orders, or have different numbers of axes")
    }
    switch node.operation {
    case "Add": return try add(Add(), node, [first, second])
    case "Mul": return try add(Multiply(), node, [first, second])
    case "Sub": return try add(Subtract(), node, [first, second])
    default: return try add(Arithmetic(.divide), node, [first, second])
    }
  }

  /// One number for all values, or one for each channel.
  private mutating func readScaling(_ node: ReadNode, value: Int, constant: Int) throws -> ReadValue {
    let input = try self.value(node, value)
    guard let tensor = try tensor(node, constant) else { throw unsupported(node, "no numbers") }
    if node.operation == "Add", let result = try addedBias(node, input, node.inputs[value], tensor) {
      return result
    }
    let numbers = try onnx.floats(of: tensor).map(Double.init)
    let place = input.order.firstIndex(of: input.shape.rank - 1) ?? 0
    let following = input.order.count - 1 - place
    let isPerChannel =
      !input.isFlattened && numbers.count == input.shape.channels
      && tensor.shape.drop { $0 == 1 } == [numbers.count] + Array(repeating: 1, count: following)[...]
    guard numbers.count == 1 && tensor.shape.count <= input.dimensions.count + 1 || isPerChannel else {
      throw unsupported(node, "numbers of the shape \(tensor.shape)")
    }
    switch (node.operation, value) {
    case ("Add", _): return try add(Rescaling(scale: [1], offset: numbers), node, [input])
    case ("Mul", _): return try add(Rescaling(scale: numbers, offset: [0]), node, [input])
    case ("Sub", 0): return try add(Rescaling(scale: [1], offset: numbers.map { -$0 }), node, [input])
    case ("Sub", _): return try add(Rescaling(scale: [-1], offset: numbers), node, [input])
    case ("Div", 0): return try add(Rescaling(scale: numbers.map { 1 / $0 }, offset: [0]), node, [input])
    default:
      guard numbers.count == 1 else { throw unsupported(node, "numbers divided by a map") }
      return try add(Elementwise(.dividing(numbers[0])), node, [input])
    }
  }

  /// What is added to a product alone is its bias.
  private mutating func addedBias(
    _ node: ReadNode, _ input: ReadValue, _ name: String, _ tensor: ReadTensor
  ) throws -> ReadValue? {
    let count = input.shape.channels
    guard isTakenOnce(input, name), !input.isFlattened, tensor.shape.drop(while: { $0 == 1 }) == [count],
      input.order.last == input.shape.rank - 1
    else { return nil }
    let isProduct = replaceKind(of: input) { layer in
      guard var dense = layer.kind as? Dense, !dense.useBias else { return nil }
      dense.useBias = true
      return Layer(dense)
    }
    guard isProduct else { return nil }
    addWeight("bias", of: input, ReadWeight(tensor: tensor, dimensions: [count], permutation: [0]))
    return input
  }
}
