import ZooGraph

extension GraphReader {
  mutating func readFlatten(_ node: ReadNode) throws -> ReadValue {
    guard node.int("axis") ?? 1 == 1 else { throw unsupported(node, "another axis than 1") }
    return try flattened(node)
  }

  mutating func readReshape(_ node: ReadNode) throws -> ReadValue {
    let input = try value(node, 0)
    guard node.inputs.count == 2, let target = try counts(node.inputs[1]) else {
      throw unsupported(node, "a shape that is computed rather than given")
    }
    return try reshaped(node, to: try dimensions(target, of: input, node))
  }

  /// The dimensions behind the batch: 0 for the one that is there, −1 for what is left.
  private func dimensions(_ target: [Count], of input: ReadValue, _ node: ReadNode) throws -> [Int] {
    let refusal = unsupported(
      node, "the shape \(target.map { $0.number ?? -1 }) for an input of \(input.dimensions)")
    let keepsZeros = node.int("allowzero") ?? 0 == 0
    guard let first = target.first, isBatch(first), keepsZeros || first != .known(0),
      (2...ONNXFile.Limit.rank).contains(target.count)
    else { throw refusal }
    var dimensions: [Int] = try target.dropFirst().enumerated().map { position, count in
      guard let number = count.number else { throw refusal }
      guard number == 0, keepsZeros, input.dimensions.indices.contains(position) else { return number }
      return input.dimensions[position]
    }
    let open = dimensions.indices.filter { dimensions[$0] == -1 }
    let known = elementCountOf(dimensions.filter { $0 != -1 })
    guard let known, known > 0, let count = input.shape.elementCount, open.count <= 1,
      open.isEmpty ? known == count : count.isMultiple(of: known)
    else { throw refusal }
    if let open = open.first { dimensions[open] = count / known }
    // One of both is open: that of the batch.
    guard open.isEmpty || first != .known(-1) else { throw refusal }
    return dimensions
  }

  /// Without axes of one step.
  mutating func readSqueeze(_ node: ReadNode) throws -> ReadValue {
    let dimensions = try value(node, 0).dimensions
    let axes = try wholeNumbers(node, "axes", orInput: 1)
    let positions = Set((axes ?? []).map { $0 < 0 ? $0 + dimensions.count : $0 - 1 })
    guard !positions.isEmpty, positions.allSatisfy(dimensions.indices.contains),
      positions.allSatisfy({ dimensions[$0] == 1 })
    else {
      throw unsupported(node, "axes \(axes ?? []) that are not of one step")
    }
    return try reshaped(
      node, to: dimensions.indices.filter { !positions.contains($0) }.map { dimensions[$0] })
  }

  /// With more axes, of one step.
  mutating func readUnsqueeze(_ node: ReadNode) throws -> ReadValue {
    let dimensions = try value(node, 0).dimensions
    let axes = try wholeNumbers(node, "axes", orInput: 1) ?? []
    let rank = dimensions.count + 1 + axes.count
    let positions = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
    guard positions.count == axes.count, rank <= ONNXFile.Limit.rank,
      positions.allSatisfy((1..<rank).contains)
    else {
      throw unsupported(node, "axes \(axes.prefix(8)) for an input of \(dimensions)")
    }
    var rest = dimensions[...]
    return try reshaped(node, to: (1..<rank).map { positions.contains($0) ? 1 : rest.removeFirst() })
  }

  /// The values in another shape, in the order in which they lie in the file.
  ///
  /// Both shapes fall into the same stretches of values. Those of several axes must lie in the file's order; where the
  /// stretches themselves lie does not matter.
  private mutating func reshaped(_ node: ReadNode, to target: [Int]) throws -> ReadValue {
    if target.count == 1 { return try flattened(node) }
    guard !target.isEmpty else { throw unsupported(node, "no axis behind the batch") }
    var input = try materialized(try value(node, 0), node.name)
    let order = input.order
    let stretches = AxisOrder.stretches(input.dimensions, target).sorted { first, second in
      let axes = [first, second].map { stretch in stretch.source.map { order[$0] }.min() ?? -1 }
      return axes[0] < axes[1]
    }
    let axes = stretches.flatMap { $0.source.map { order[$0] } }
    if AxisOrder.moving(axes, input.shape)
      != AxisOrder.moving(AxisOrder.natural(input.shape.rank), input.shape)
    {
      input = try add(Permute(axes: axes), node, [input], suffix: "_permute")
    }
    let lying = AxisOrder.lying(stretches.flatMap { Array($0.target) }, target)
    let shape = Shape(lying.map { target[$0] })
    var result = input.shape == shape ? input : try add(Reshape(targetShape: shape), node, [input])
    result.order = target.indices.map { position in lying.firstIndex(of: position) ?? position }
    return result
  }

  private mutating func flattened(_ node: ReadNode) throws -> ReadValue {
    var value = try value(node, 0)
    if value.shape.rank == 1 || value.isFlattened { return value }
    let moving = AxisOrder.moving(value.order, value.shape)
    guard moving == AxisOrder.moving(AxisOrder.natural(value.shape.rank), value.shape) else {
      value.isFlattened = true
      return value
    }
    value = try add(Flatten(), node, [value])
    value.order = [0]
    return value
  }

  /// Numbers that are part of the model, the same for each picture.
  mutating func readExpand(_ node: ReadNode) throws -> ReadValue {
    guard node.inputs.count == 2, let tensor = try tensor(node, 0), let target = try counts(node.inputs[1]),
      target.count > 1, target[0] == .pictures
    else {
      throw unsupported(node, "another shape than one for each picture")
    }
    let dimensions = target.dropFirst().compactMap(\.number)
    guard tensor.shape == [1] + dimensions, dimensions.count == target.count - 1,
      let count = elementCountOf(dimensions), (1...1 << 20).contains(count)
    else {
      throw unsupported(node, "numbers of the shape \(tensor.shape)")
    }
    let order = AxisOrder.channelsFirst(dimensions.count)
    return try add(constant(tensor, dimensions, lying: order), node, [])
  }

  /// The numbers stay where they are; only what the file calls its axes changes.
  func readTranspose(_ node: ReadNode) throws -> ReadValue {
    var value = try value(node, 0)
    let rank = value.order.count
    let permutation = node.ints("perm") ?? Array((0...rank).reversed())
    guard !value.isFlattened, permutation.first == 0, permutation.sorted() == Array(0...rank) else {
      throw unsupported(node, "the order \(permutation) of axes")
    }
    value.order = permutation.dropFirst().map { value.order[$0 - 1] }
    return value
  }

  mutating func readPad(_ node: ReadNode) throws -> ReadValue {
    let input = try map(node)
    let pads = try wholeNumbers(node, "pads", orInput: 1) ?? []
    let value = try tensor(node, 2).map { try onnx.floats(of: $0) } ?? [node.float("value") ?? 0]
    guard node.string("mode") ?? "constant" == "constant", value == [0], try tensor(node, 3) == nil,
      pads.count == 8, pads.allSatisfy({ (0...1_024).contains($0) }),
      [pads[0], pads[1], pads[4], pads[5]] == [0, 0, 0, 0]
    else {
      throw unsupported(node, "pads that are not zeros around a map")
    }
    let margins = Margins(top: pads[2], bottom: pads[6], left: pads[3], right: pads[7])
    return try add(ZeroPadding2D(padding: margins), node, [input])
  }
}
