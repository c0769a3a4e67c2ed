import ZooGraph

extension GraphReader {
  mutating func readGemm(_ node: ReadNode) throws -> ReadValue {
    guard node.float("alpha") ?? 1 == 1, node.float("beta") ?? 1 == 1, node.int("transA") ?? 0 == 0 else {
      throw unsupported(node, "factors, or a transposed input")
    }
    return try readDense(node, isTransposed: node.int("transB") ?? 0 == 1, bias: try tensor(node, 2))
  }

  mutating func readMatMul(_ node: ReadNode) throws -> ReadValue {
    try readDense(node, isTransposed: false, bias: nil)
  }

  private mutating func readDense(
    _ node: ReadNode, isTransposed: Bool, bias: ReadTensor?
  ) throws -> ReadValue {
    var input = try value(node, 0)
    if !input.isFlattened { input = try lastAxisLast(input, node) }
    guard let kernel = try tensor(node, 1), kernel.shape.count == 2, kernel.shape.allSatisfy({ $0 > 0 })
    else {
      throw unsupported(node, "no kernel of two dimensions")
    }
    let units = kernel.shape[isTransposed ? 0 : 1]
    guard input.dimensions.last == kernel.shape[isTransposed ? 1 : 0] else {
      throw unsupported(node, "a kernel of \(kernel.shape) for an input of \(input.dimensions)")
    }
    if let bias, bias.shape != [units], bias.shape != [1, units] {
      throw unsupported(node, "a bias of \(bias.shape)")
    }
    // Rows lie as the map does in the file.
    let rows = input.isFlattened ? input.order.map { input.shape.dimensions[$0] } : [input.shape.channels]
    let places = input.isFlattened ? inverse(of: input.order) : [0]
    let weight =
      isTransposed
      ? ReadWeight(tensor: kernel, dimensions: [units] + rows, permutation: places.map { $0 + 1 } + [0])
      : ReadWeight(tensor: kernel, dimensions: rows + [units], permutation: places + [rows.count])
    var vector = input
    if input.isFlattened {
      vector.isFlattened = false
      vector = try add(Flatten(), node, [vector], suffix: "_flatten")
    }
    var result = try add(Dense(units: units, useBias: bias != nil), node, [vector])
    if result.shape.rank == 1 { result.order = [0] }
    addWeight("kernel", of: result, weight)
    if let bias {
      addWeight("bias", of: result, ReadWeight(tensor: bias, dimensions: [units], permutation: [0]))
    }
    return result
  }

  private func inverse(of order: [Int]) -> [Int] {
    order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
  }
}
