import ZooGraph

extension Translation {
  mutating func reduce(_ operation: LoweredOperation, _ reduction: Reduction) -> Value {
    let input = value(operation.inputs[0])
    let axes = axes(reduction.reduced, of: input.shape)
    let order = input.order
    let keepdims = operation.shape.rank == input.shape.rank
    let positions = order.indices.filter { axes.contains(order[$0]) }.map { $0 + 1 }
    let result =
      positions.isEmpty
      ? tensor(input, order)
      : emitReduction(
        reduction.function.operation, tensor(input, order), axes: positions, keepdims: keepdims)
    // The numbers of the axes that are left.
    let left = AxisOrder.natural(input.shape.rank).filter { keepdims || !axes.contains($0) }
    let leftOrder = order.compactMap { left.firstIndex(of: $0) }
    return Value(
      source: .tensor(result, order: leftOrder), shape: operation.shape, isBatched: input.isBatched)
  }

  /// The numbers of the axes that `steps` are.
  func axes(_ steps: [Axis], of shape: Shape) -> Set<Int> {
    var rest = steps[...]
    var found: Set<Int> = []
    for (number, axis) in shape.axes.enumerated() where axis == rest.first {
      found.insert(number)
      rest = rest.dropFirst()
    }
    precondition(rest.isEmpty, "the axes \(steps) are none of \(shape)")
    return found
  }

  /// From opset 18 on (13 for sums) the axes are an input.
  mutating func emitReduction(_ name: String, _ x: TensorID, axes: [Int], keepdims: Bool) -> TensorID {
    let attributes: [(String, ONNXAttribute)] = keepdims ? [] : [("keepdims", .int(0))]
    guard opset < 18, name != "ReduceSum" else {
      return emit(name, [x, integers(axes, "axes")], attributes)
    }
    return emit(name, [x], [("axes", .ints(axes))] + attributes)
  }
}

extension Reduction.Function {
  /// ONNX' name.
  fileprivate var operation: String {
    switch self {
    case .sum: "ReduceSum"
    case .mean: "ReduceMean"
    case .maximum: "ReduceMax"
    case .minimum: "ReduceMin"
    case .product: "ReduceProd"
    }
  }
}
