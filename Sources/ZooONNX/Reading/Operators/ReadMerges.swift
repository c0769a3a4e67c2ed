import ZooGraph

extension GraphReader {
  mutating func readConcatenation(_ node: ReadNode) throws -> ReadValue {
    let inputs = try alike(try node.inputs.indices.map { try value(node, $0) }, node)
    let order = inputs.first?.order ?? []
    let axis = node.int("axis").map { $0 < 0 ? $0 + order.count + 1 : $0 } ?? 0
    guard order.indices.contains(axis - 1) else { throw unsupported(node, "the axis \(axis)") }
    return try add(Concatenate(axis: order[axis - 1]), node, inputs)
  }

  /// Of two values, or of a value and numbers that are part of the model.
  mutating func readArithmetic(_ node: ReadNode) throws -> ReadValue {
    guard node.inputs.count == 2 else { throw unsupported(node, "\(node.inputs.count) inputs") }
    for (number, other) in [(1, 0), (0, 1)] where constants[node.inputs[number]] != nil {
      return try readScaling(node, value: other, constant: number)
    }
    let inputs = try alike([try value(node, 0), try value(node, 1)], node)
    switch node.operation {
    case "Add": return try add(Add(), node, inputs)
    case "Mul": return try add(Multiply(), node, inputs)
    case "Sub": return try add(Subtract(), node, inputs)
    case "Max": return try add(Maximum(), node, inputs)
    case "Min": return try add(Minimum(), node, inputs)
    default: return try add(Arithmetic(.divide), node, inputs)
    }
  }

  /// Values whose axes lie as those of the first one.
  private mutating func alike(_ values: [ReadValue], _ node: ReadNode) throws -> [ReadValue] {
    try values.map { value in
      let value = try materialized(value, node.name)
      guard value.order.count == values[0].dimensions.count else {
        throw unsupported(node, "inputs of different numbers of axes")
      }
      return try arranged(value, as: values[0].isFlattened ? [0] : values[0].order, node)
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
      return try readGivenValues(node, try materialized(input, node.name), tensor, isSecond: constant == 1)
    }
    switch (node.operation, value) {
    case ("Add", _): return try add(Rescaling(scale: [1], offset: numbers), node, [input])
    case ("Mul", _): return try add(Rescaling(scale: numbers, offset: [0]), node, [input])
    case ("Sub", 0): return try add(Rescaling(scale: [1], offset: numbers.map { -$0 }), node, [input])
    case ("Sub", _): return try add(Rescaling(scale: [-1], offset: numbers), node, [input])
    case ("Div", 0): return try add(Rescaling(scale: numbers.map { 1 / $0 }, offset: [0]), node, [input])
    case ("Div", _) where numbers.count == 1:
      return try add(Elementwise(.dividing(numbers[0])), node, [input])
    default: throw unsupported(node, "given numbers as one of its inputs")
    }
  }

  /// Numbers for values at each place, the same for every picture.
  private mutating func readGivenValues(
    _ node: ReadNode, _ input: ReadValue, _ tensor: ReadTensor, isSecond: Bool
  ) throws -> ReadValue {
    let functions: [String: BinaryFunction] = [
      "Add": .add, "Sub": .subtract, "Mul": .multiply, "Div": .divide, "Max": .maximum, "Min": .minimum,
    ]
    let rank = input.order.count
    let shape = Array(repeating: 1, count: max(0, rank + 1 - tensor.shape.count)) + tensor.shape
    guard let function = functions[node.operation], shape.count == rank + 1, shape[0] == 1,
      let count = elementCountOf(shape), (1...1 << 20).contains(count)
    else {
      throw unsupported(node, "numbers of the shape \(tensor.shape)")
    }
    let constant = try constant(tensor, Array(shape.dropFirst()), lying: input.order)
    let given = try add(constant, node, [], suffix: "_constant")
    var result = try add(Arithmetic(function), node, isSecond ? [input, given] : [given, input])
    result.order = input.order
    return result
  }

  /// Numbers that are part of the model as a layer.
  ///
  /// - Parameter order: how the axes of `dimensions` lie in Keras.
  func constant(_ tensor: ReadTensor, _ dimensions: [Int], lying order: [Int]) throws -> Constant {
    let places = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
    let numbers = ReadWeight(tensor: tensor, dimensions: dimensions, permutation: places)
    var values: [Float] = []
    try onnx.withBytes(of: tensor) { bytes, type in
      try numbers.forEachPiece(bytes, elementSize: type.size) { piece in
        values += [Float](unsafeUninitializedCapacity: piece.count / type.size) { floats, count in
          type.convert(piece, to: floats)
          count = piece.count / type.size
        }
      }
    }
    return Constant(shape: Shape(places.map { dimensions[$0] }), values: values)
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
