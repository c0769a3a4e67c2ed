import ZooGraph

extension GraphReader {
  mutating func readSlice(_ node: ReadNode) throws -> ReadValue {
    let input = try materialized(try value(node, 0), node.name)
    let parts = try slices(node, of: input.dimensions, firstAxis: 1)
    return try part(of: input, node) { parts[$0] }
  }

  /// One step of an axis, which vanishes.
  mutating func readGather(_ node: ReadNode) throws -> ReadValue {
    let input = try materialized(try value(node, 0), node.name)
    let (rank, indices) = (input.order.count + 1, try wholeNumbers(node, 1) ?? [])
    let axis = node.int("axis").map { $0 < 0 ? $0 + rank : $0 } ?? 0
    guard (1..<rank).contains(axis), rank > 2, indices.count == 1, try isScalar(node, 1) else {
      throw unsupported(node, "the indices \(indices.prefix(8)) of the axis \(axis)")
    }
    let count = input.dimensions[axis - 1]
    let index = indices[0] < 0 ? indices[0] + count : indices[0]
    var result = try part(of: input, node) { position in
      position == axis - 1 ? Slice.Part(start: index, count: 1, isDropped: true) : nil
    }
    let dropped = input.order[axis - 1]
    result.order = input.order.filter { $0 != dropped }.map { $0 < dropped ? $0 : $0 - 1 }
    return result
  }

  private func isScalar(_ node: ReadNode, _ input: Int) throws -> Bool {
    constants[node.inputs[input]].map { $0.shape.isEmpty } ?? false
  }

  /// All parts of an axis.
  mutating func readSplit(_ node: ReadNode) throws -> [ReadValue] {
    let input = try materialized(try value(node, 0), node.name)
    let rank = input.order.count + 1
    let axis = node.int("axis").map { $0 < 0 ? $0 + rank : $0 } ?? 0
    guard (1..<rank).contains(axis) else { throw unsupported(node, "the axis \(axis)") }
    let (count, parts) = (input.dimensions[axis - 1], node.outputs.count)
    // All as large, but for the last one.
    let size = (count + parts - 1) / parts
    let sizes =
      try wholeNumbers(node, "split", orInput: 1)
      ?? (0..<parts).map { min(size, count - min(count, $0 * size)) }
    guard sizes.count == parts, sizes.allSatisfy({ (1...count).contains($0) }), sizes.reduce(0, +) == count
    else {
      throw unsupported(node, "the parts \(sizes.prefix(8)) of \(count)")
    }
    var start = 0
    return try sizes.enumerated().map { number, size in
      defer { start += size }
      return try part(of: input, node, suffix: "_\(number)") { position in
        position == axis - 1 ? Slice.Part(start: start, count: size) : nil
      }
    }
  }

  /// - Parameter taken: what is taken of an axis, counted behind the batch as the file has them; `nil` for all of it.
  private mutating func part(
    of input: ReadValue, _ node: ReadNode, suffix: String = "", _ taken: (Int) -> Slice.Part?
  ) throws -> ReadValue {
    var parts = input.shape.dimensions.map { Slice.Part(start: 0, count: $0) }
    for (position, axis) in input.order.enumerated() {
      if let part = taken(position) { parts[axis] = part }
    }
    return try add(Slice(parts: parts), node, [input], suffix: suffix)
  }

  /// What a `Slice` takes of each axis, `nil` for all of it.
  ///
  /// - Parameter firstAxis: the number of the first dimension; those before it must be left alone.
  func slices(_ node: ReadNode, of dimensions: [Int], firstAxis: Int = 0) throws -> [Slice.Part?] {
    let starts = try wholeNumbers(node, "starts", orInput: 1) ?? []
    let ends = try wholeNumbers(node, "ends", orInput: 2) ?? []
    let axes = try wholeNumbers(node, "axes", orInput: 3) ?? Array(starts.indices)
    let steps = try wholeNumbers(node, 4) ?? starts.map { _ in 1 }
    let rank = dimensions.count + firstAxis
    let own = axes.map { $0 < 0 ? $0 + rank : $0 }
    guard starts.count == ends.count, starts.count == axes.count, starts.count == steps.count,
      Set(own).count == own.count, own.allSatisfy((firstAxis..<rank).contains),
      steps.allSatisfy({ $0 != 0 && abs($0) <= 1 << 20 })
    else {
      throw unsupported(node, "the axes \(axes.prefix(8)) with steps \(steps.prefix(8))")
    }
    var parts: [Slice.Part?] = Array(repeating: nil, count: dimensions.count)
    for (number, axis) in own.enumerated() {
      let count = dimensions[axis - firstAxis]
      let part = Slice.Part(from: starts[number], to: ends[number], steps[number], of: count)
      guard part.count > 0 else { throw unsupported(node, "nothing of an axis of \(count)") }
      parts[axis - firstAxis] = part
    }
    return parts
  }
}

extension Slice.Part {
  /// As ONNX counts: below 0 from the end, bounds beyond it are those.
  fileprivate init(from start: Int, to end: Int, _ step: Int, of count: Int) {
    func bound(_ bound: Int, _ range: ClosedRange<Int>) -> Int {
      let own = bound < 0 ? max(bound, -1 - count) + count : bound
      return min(max(own, range.lowerBound), range.upperBound)
    }
    let first = step > 0 ? bound(start, 0...count) : bound(start, 0...max(0, count - 1))
    let last = step > 0 ? bound(end, 0...count) : bound(end, -1...max(0, count - 1))
    let steps = step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step
    self.init(start: first, count: max(0, steps), step: step)
  }
}
