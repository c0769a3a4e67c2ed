import ZooGraph

extension Translation {
  /// Groups of values brought to a common size, in one node where ONNX has it.
  mutating func normalize(_ operation: LoweredOperation, _ moments: Moments) throws(ONNXError) -> Value {
    let input = value(operation.inputs[0])
    let members = axes(moments.members, of: input.shape)
    if moments.function == .standard {
      if opset >= 17, members == [input.shape.rank - 1] {
        return try normalizeLayer(operation, input, moments.epsilon)
      }
      if let result = try normalizeInstances(input, members, moments.epsilon) { return result }
    }
    let order = input.order
    let x = tensor(input, order)
    let positions = order.indices.filter { members.contains(order[$0]) }.map { $0 + 1 }
    let result = try normalize(x, moments.function, positions, moments.epsilon)
    return Value(source: .tensor(result, order: order), shape: input.shape, isBatched: input.isBatched)
  }

  /// Along the last axis, together with the factors and summands that follow.
  private mutating func normalizeLayer(
    _ operation: LoweredOperation, _ input: Value, _ epsilon: Double
  ) throws(ONNXError) -> Value {
    let (rank, channels) = (input.shape.rank, input.shape.channels)
    let order = input.order.last == rank - 1 ? input.order : AxisOrder.natural(rank)
    let x = tensor(input, order)
    var (scale, shift): (TensorID?, TensorID?) = (nil, nil)
    if let next = soleConsumers[operation.id], case .affine(let steps) = next.kind, steps.count == 1,
      case .weights(let layer, let factors, let summands) = steps[0]
    {
      func weight(_ name: String) -> TensorView {
        TensorView(.weight(WeightName(layer, name)), [channels], type)
      }
      scale = factors.map { initializer(weight($0), "\(layer)/\($0)") }
      shift = summands.map { initializer(weight($0), "\(layer)/\($0)") }
      done.insert(next.id)
    }
    let ones = scale ?? vector(Array(repeating: 1, count: channels), "ones")
    let inputs = [x, ones] + (shift.map { [$0] } ?? [])
    let result = emit("LayerNormalization", inputs, [("epsilon", .float(Float(epsilon)))])
    return Value(source: .tensor(result, order: order), shape: input.shape, isBatched: input.isBatched)
  }

  /// For each step of the axis that lies first, all others together.
  private mutating func normalizeInstances(
    _ input: Value, _ members: Set<Int>, _ epsilon: Double
  ) throws(ONNXError) -> Value? {
    let order = input.order
    guard let first = order.first, order.count > 1, Set(order.dropFirst()) == members else { return nil }
    let count = input.shape.dimensions[first]
    let x = tensor(input, order)
    let scale = vector(Array(repeating: 1, count: count), "ones")
    let shift = vector(Array(repeating: 0, count: count), "zeros")
    let result = emit("InstanceNormalization", [x, scale, shift], [("epsilon", .float(Float(epsilon)))])
    return Value(source: .tensor(result, order: order), shape: input.shape, isBatched: input.isBatched)
  }

  private mutating func normalize(
    _ x: TensorID, _ function: Moments.Function, _ axes: [Int], _ epsilon: Double
  ) throws(ONNXError) -> TensorID {
    switch function {
    case .standard, .deviation:
      let centred = emit("Sub", [x, emitReduction("ReduceMean", x, axes: axes, keepdims: true)])
      let variance = emitReduction(
        "ReduceMean", emit("Mul", [centred, centred]), axes: axes, keepdims: true)
      let root = emit("Sqrt", [emit("Add", [variance, try scalar(epsilon)])])
      return emit("Div", [function == .standard ? centred : x, root])
    case .rootMeanSquare:
      let mean = emitReduction("ReduceMean", emit("Mul", [x, x]), axes: axes, keepdims: true)
      return emit("Div", [x, emit("Sqrt", [emit("Add", [mean, try scalar(epsilon)])])])
    case .unitLength:
      let sum = emitReduction("ReduceSumSquare", x, axes: axes, keepdims: true)
      return emit("Div", [x, emit("Sqrt", [emit("Max", [sum, try scalar(epsilon)])])])
    }
  }
}
