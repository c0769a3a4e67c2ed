import ZooGraph

extension GraphReader {
  mutating func readFlatten(_ node: ReadNode) throws -> ReadValue {
    guard node.int("axis") ?? 1 == 1 else { throw unsupported(node, "another axis than 1") }
    return try flattened(node)
  }

  /// To a vector; other shapes are not those of image classifiers.
  mutating func readReshape(_ node: ReadNode) throws -> ReadValue {
    let input = try value(node, 0)
    guard let target = try tensor(node, 1).map({ try onnx.integers(of: $0) }) else {
      throw unsupported(node, "no shape")
    }
    let count = input.shape.elementCount ?? 0
    guard let first = target.first, isBatch(first) else { throw unsupported(node, "the shape \(target)") }
    if target.count == 2, target[1] == -1 || target[1] == count {
      return try flattened(node)
    }
    // A vector as a map of one pixel.
    if input.shape.rank == 1, target.count == 4, [-1, count].contains(target[1]), target[2...] == [1, 1] {
      var map = try add(Reshape(targetShape: .map(1, 1, count)), node, [input])
      map.order = [2, 0, 1]
      return map
    }
    throw unsupported(node, "the shape \(target), which is no vector")
  }

  /// A map of one pixel as a vector.
  mutating func readSqueeze(_ node: ReadNode) throws -> ReadValue {
    let input = try value(node, 0)
    let axes = try node.ints("axes") ?? tensor(node, 1).map { try onnx.integers(of: $0) } ?? []
    guard Set(axes.map { $0 < 0 ? $0 + 4 : $0 }) == [2, 3], input.order == [2, 0, 1],
      input.shape == .map(1, 1, input.shape.channels)
    else {
      throw unsupported(node, "axes \(axes) that are not the pixels of a map of one")
    }
    return try flattened(node)
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
    let pads = try node.ints("pads") ?? tensor(node, 1).map { try onnx.integers(of: $0) } ?? []
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
