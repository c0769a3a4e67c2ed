import ZooGraph

extension Translation {
  /// Inputs taken together value by value; what has one step along an axis is repeated.
  mutating func combine(_ name: String, _ operation: LoweredOperation) -> Value {
    let (operands, shape) = (inputs(operation), operation.shape)
    let order = commonOrder(of: operands, rank: shape.rank)
    let tensors = operands.map { tensor(extended($0, to: shape.rank), order) }
    return Value(
      source: .tensor(emit(name, tensors), order: order), shape: shape,
      isBatched: operands.contains(where: \.isBatched))
  }

  /// Side by side along an axis.
  mutating func concatenate(_ operation: LoweredOperation, axis: Int) -> Value {
    let (operands, shape) = (inputs(operation), operation.shape)
    let order = commonOrder(of: operands, rank: shape.rank)
    let isBatched = operands.contains(where: \.isBatched)
    let tensors = operands.map { value in
      let tensor = tensor(value, order)
      return isBatched && !value.isBatched ? repeated(tensor, value.shape, order) : tensor
    }
    let position = (order.firstIndex(of: axis) ?? axis) + 1
    return Value(
      source: .tensor(emit("Concat", tensors, [("axis", .int(position))]), order: order), shape: shape,
      isBatched: isBatched)
  }

  /// The axis along which inputs of `outer` stretches each are joined.
  func joinedAxis(_ operation: LoweredOperation, outer: Int) -> Int {
    let (shapes, result) = (inputs(operation).map(\.shape), operation.shape)
    let axis = result.dimensions.indices.first { axis in
      result.dimensions[..<axis].reduce(1, *) == outer
        && shapes.reduce(0) { $0 + $1.dimensions[axis] } == result.dimensions[axis]
    }
    guard let axis else { preconditionFailure("\(shapes) are not joined to \(result)") }
    return axis
  }

  /// The order in which operands come together: that of maps with their channels first, else that of the first tensor.
  private func commonOrder(of operands: [Value], rank: Int) -> [Int] {
    let orders = operands.filter { $0.shape.rank == rank }.compactMap { value -> [Int]? in
      if case .tensor(_, let order) = value.source { order } else { nil }
    }
    let first = AxisOrder.channelsFirst(rank)
    return orders.contains(first) ? first : orders.first ?? AxisOrder.natural(rank)
  }

  /// A value with axes of one step before its own.
  private mutating func extended(_ value: Value, to rank: Int) -> Value {
    guard value.shape.rank < rank else { return value }
    let ones = Array(repeating: 1, count: rank - value.shape.rank)
    return reshape(value, to: Shape(ones + value.shape.dimensions))
  }
}

extension BinaryFunction {
  /// ONNX' name.
  var operation: String {
    switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .power: "Pow"
    case .maximum: "Max"
    case .minimum: "Min"
    }
  }
}
