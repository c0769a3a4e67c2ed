import ZooGraph

extension Translation {
  /// The same values in another shape. A map is flattened when somebody wants the vector.
  mutating func reshape(_ value: Value, to target: Shape) -> Value {
    var result = value
    result.shape = target
    switch value.source {
    case .numbers: return result
    case .flattened(let map): return reshape(map, to: target)
    case .tensor(let tensor, let order):
      if let placed = AxisOrder.reshaping(value.shape, order, to: target) {
        let dimensions = placed.map { target.dimensions[$0] }
        let isSame = dimensions == order.map { value.shape.dimensions[$0] }
        let reshaped =
          isSame ? tensor : reshape(tensor, to: dimensions, isBatched: value.isBatched)
        result.source = .tensor(reshaped, order: placed)
      } else if target.rank == 1 {
        result.source = .flattened(value)
      } else {
        let reshaped = reshape(natural(value), to: target.dimensions, isBatched: value.isBatched)
        result.source = .tensor(reshaped, order: AxisOrder.natural(target.rank))
      }
      return result
    }
  }

  /// Values in another order: cut out, turned round, repeated, axes exchanged.
  mutating func rearrange(_ operation: LoweredOperation, _ rearrangement: Rearrangement) -> Value {
    let input = value(operation.inputs[0])
    if let factors = rearrangement.enlargement(of: input.shape) {
      return enlarge(input, factors, operation.shape)
    }
    guard let cut = Cut(rearrangement, of: input.shape) else {
      return gather(input, rearrangement, operation.shape)
    }
    let part = slice(input, cut)
    let placed = renamed(part, cut)
    return reshape(expand(placed, rearrangement), to: operation.shape)
  }

  /// The part of each axis.
  private mutating func slice(_ input: Value, _ cut: Cut) -> Value {
    let order = input.order
    let axes = order.indices.filter { !cut.parts[order[$0]].isWhole(input.shape.dimensions[order[$0]]) }
    var shape = input.shape
    for (axis, part) in cut.parts.enumerated() { shape.dimensions[axis] = part.count }
    guard !axes.isEmpty else {
      return Value(
        source: .tensor(tensor(input, order), order: order), shape: shape, isBatched: input.isBatched)
    }
    let parts = axes.map { cut.parts[order[$0]] }
    // Backwards, one before the first is written as below all numbers that count from the end.
    let ends = zip(axes, parts).map { axis, part in
      let end = part.start + part.step * (part.count - 1) + part.step.signum()
      return end < 0 ? -input.shape.dimensions[order[axis]] - 1 : end
    }
    var inputs = [
      tensor(input, order), integers(parts.map(\.start), "starts"), integers(ends, "ends"),
      integers(axes.map { $0 + 1 }, "axes"),
    ]
    if parts.contains(where: { $0.step != 1 }) { inputs.append(integers(parts.map(\.step), "steps")) }
    return Value(
      source: .tensor(emit("Slice", inputs), order: order), shape: shape, isBatched: input.isBatched)
  }

  /// The axes by their numbers in the result; those of one step come and go.
  private mutating func renamed(_ part: Value, _ cut: Cut) -> Value {
    guard case .tensor(let tensor, let order) = part.source else {
      preconditionFailure("a part is a tensor")
    }
    var dimensions = Array(repeating: 1, count: cut.sources.count)
    for (axis, source) in cut.sources.enumerated() {
      if let source { dimensions[axis] = part.shape.dimensions[source] }
    }
    let shape = Shape(dimensions)
    let moving = AxisOrder.moving(order, part.shape).compactMap { cut.sources.firstIndex(of: $0) }
    let placed = AxisOrder.placing(moving, shape)
    let isSame = placed.map { dimensions[$0] } == order.map { part.shape.dimensions[$0] }
    let result =
      isSame
      ? tensor
      : reshape(tensor, to: placed.map { dimensions[$0] }, isBatched: part.isBatched)
    return Value(source: .tensor(result, order: placed), shape: shape, isBatched: part.isBatched)
  }

  /// Axes of one step that the rearrangement repeats.
  private mutating func expand(_ value: Value, _ rearrangement: Rearrangement) -> Value {
    let counts = rearrangement.axes.map(\.count)
    guard counts != value.shape.dimensions else { return value }
    let order = value.order
    let target = integers([1] + order.map { counts[$0] }, "shape")
    return Value(
      source: .tensor(emit("Expand", [tensor(value, order), target]), order: order), shape: Shape(counts),
      isBatched: value.isBatched)
  }

  /// Each value by its number.
  private mutating func gather(
    _ input: Value, _ rearrangement: Rearrangement, _ shape: Shape
  ) -> Value {
    let count = input.shape.elementCount ?? 0
    let flat = reshape(natural(input), to: [count], isBatched: input.isBatched)
    let numbers = integers(rearrangement.sources, "numbers")
    let taken = emit("Gather", [flat, numbers], [("axis", .int(1))])
    let result = reshape(taken, to: shape.dimensions, isBatched: input.isBatched)
    return Value(
      source: .tensor(result, order: AxisOrder.natural(shape.rank)), shape: shape,
      isBatched: input.isBatched)
  }
}

/// What a rearrangement takes of each axis of its source.
private struct Cut {
  struct Part {
    var start = 0
    var step = 1
    var count = 1

    func isWhole(_ length: Int) -> Bool { start == 0 && step == 1 && count == length }
  }

  /// Of each of the source's axes.
  var parts: [Part]
  /// Of each of the result's axes the source's; `nil` for those of one step and the repeated ones.
  var sources: [Int?]

  /// `nil` where an axis of the result is not a part of one of the source's.
  init?(_ rearrangement: Rearrangement, of shape: Shape) {
    let axes = shape.axes
    var rest = rearrangement.offset
    parts = axes.map { axis in
      let start = rest / axis.stride
      rest -= start * axis.stride
      return Part(start: start)
    }
    sources = Array(repeating: nil, count: rearrangement.axes.count)
    for (number, axis) in rearrangement.axes.enumerated() where axis.count > 1 && axis.stride != 0 {
      let source = axes.indices.first { candidate in
        let (step, remainder) = axis.stride.quotientAndRemainder(dividingBy: axes[candidate].stride)
        guard remainder == 0, !sources.contains(candidate) else { return false }
        let last = parts[candidate].start + step * (axis.count - 1)
        return (0..<axes[candidate].count).contains(last)
      }
      guard let source else { return nil }
      sources[number] = source
      parts[source].step = axis.stride / axes[source].stride
      parts[source].count = axis.count
    }
  }
}

extension Rearrangement {
  /// The number of the source's value for each of the result.
  fileprivate var sources: [Int] {
    axes.reduce([offset]) { starts, axis in
      starts.flatMap { start in (0..<axis.count).map { start + $0 * axis.stride } }
    }
  }

  /// By how much rows and columns of a map are repeated, where that is all it does.
  fileprivate func enlargement(of shape: Shape) -> Size2D? {
    guard shape.rank == 3, axes.count == 5, offset == 0, axes[1].stride == 0, axes[3].stride == 0 else {
      return nil
    }
    return [axes[0], axes[2], axes[4]] == shape.axes ? Size2D(axes[1].count, axes[3].count) : nil
  }
}
