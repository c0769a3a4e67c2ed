import ZooGraph

extension Translation {
  /// A function of each value, as ONNX has it in this opset, else put together.
  mutating func activate(_ x: TensorID, _ function: ActivationFunction) throws(ONNXError) -> TensorID {
    switch function {
    case .linear: return x
    case .relu: return emit("Relu", [x])
    case .relu6: return try clip(x, 0, 6)
    case .rectifier(let maximum, let slope, let threshold):
      return try rectify(x, maximum: maximum, slope: slope, threshold: threshold)
    case .leakyReLU(let slope): return emit("LeakyRelu", [x], [("alpha", .float(Float(slope)))])
    case .sigmoid: return emit("Sigmoid", [x])
    case .tanh: return emit("Tanh", [x])
    case .hardSigmoid: return hardSigmoid(x, 1 / 6)
    case .hardSigmoidOfKeras2: return hardSigmoid(x, 0.2)
    case .sparseSigmoid: return hardSigmoid(x, 0.5)
    case .hardSilu: return opset >= 14 ? emit("HardSwish", [x]) : emit("Mul", [x, hardSigmoid(x, 1 / 6)])
    case .hardTanh: return try clip(x, -1, 1)
    case .silu: return opset >= 24 ? emit("Swish", [x]) : emit("Mul", [x, emit("Sigmoid", [x])])
    case .elu(let alpha): return emit("Elu", [x], [("alpha", .float(Float(alpha)))])
    case .selu: return emit("Selu", [x])
    case .celu(let alpha): return try celu(x, alpha)
    case .gelu(let approximate): return try gelu(x, approximate: approximate)
    case .softplus: return emit("Softplus", [x])
    case .softsign: return emit("Softsign", [x])
    case .mish:
      return opset >= 18 ? emit("Mish", [x]) : emit("Mul", [x, emit("Tanh", [emit("Softplus", [x])])])
    case .exponential: return emit("Exp", [x])
    case .logSigmoid: return emit("Neg", [emit("Softplus", [emit("Neg", [x])])])
    case .squareplus(let b):
      let root = emit("Sqrt", [emit("Add", [emit("Mul", [x, x]), try scalar(b)])])
      return emit("Mul", [emit("Add", [x, root]), try scalar(0.5)])
    case .sparsePlus:
      // (x + 1)² / 4 between −1 and 1, and what x has above 1.
      let middle = try scale(try clip(x, -1, 1), by: 0.5, plus: 0.5)
      let above = emit("Relu", [emit("Sub", [x, try scalar(1)])])
      return emit("Add", [emit("Mul", [middle, middle]), above])
    case .hardShrink(let threshold): return shrink(x, threshold, bias: 0)
    case .softShrink(let threshold): return shrink(x, threshold, bias: threshold)
    case .tanhShrink: return emit("Sub", [x, emit("Tanh", [x])])
    case .threshold(let threshold, let value):
      if threshold == value { return emit("Max", [x, try scalar(value)]) }
      return emit("Where", [emit("Greater", [x, try scalar(threshold)]), x, try scalar(value)])
    case .softmax, .logSoftmax, .sparsemax, .glu:
      preconditionFailure("\(function) is lowered to operations of its own")
    }
  }

  mutating func clip(_ x: TensorID, _ least: Double, _ most: Double) throws(ONNXError) -> TensorID {
    emit("Clip", [x, try scalar(least), try scalar(most)])
  }

  private mutating func hardSigmoid(_ x: TensorID, _ slope: Double) -> TensorID {
    emit("HardSigmoid", [x], [("alpha", .float(Float(slope))), ("beta", .float(0.5))])
  }

  private mutating func shrink(_ x: TensorID, _ threshold: Double, bias: Double) -> TensorID {
    emit("Shrink", [x], [("bias", .float(Float(bias))), ("lambd", .float(Float(threshold)))])
  }

  /// `x` from the threshold on, below it a share of what is missing; never more than the maximum.
  private mutating func rectify(
    _ x: TensorID, maximum: Double?, slope: Double, threshold: Double
  ) throws(ONNXError) -> TensorID {
    if threshold == 0, slope == 0 {
      guard let maximum else { return emit("Relu", [x]) }
      // A maximum below 0 is the result for all that is above it, and below it 0.
      if maximum >= 0 { return try clip(x, 0, maximum) }
    }
    var result: TensorID
    if threshold == 0 {
      result = emit("LeakyRelu", [x], [("alpha", .float(Float(slope)))])
    } else {
      let below = slope == 0 ? try scalar(0) : try scale(x, by: slope, plus: -slope * threshold)
      result = emit("Where", [emit("GreaterOrEqual", [x, try scalar(threshold)]), x, below])
    }
    if let maximum {
      result = emit(
        "Where", [emit("GreaterOrEqual", [x, try scalar(maximum)]), try scalar(maximum), result])
    }
    return result
  }

  /// Celu takes float16 from opset 28 on.
  private mutating func celu(_ x: TensorID, _ alpha: Double) throws(ONNXError) -> TensorID {
    if alpha == 1 { return emit("Elu", [x]) }
    guard options.half, opset < 28 else { return emit("Celu", [x], [("alpha", .float(Float(alpha)))]) }
    return try scale(emit("Elu", [scale(x, by: 1 / alpha, plus: 0)]), by: alpha, plus: 0)
  }

  private mutating func gelu(_ x: TensorID, approximate: Bool) throws(ONNXError) -> TensorID {
    if opset >= 20 { return emit("Gelu", [x], approximate ? [("approximate", .string("tanh"))] : []) }
    let share: TensorID
    if approximate {
      let cube = emit("Mul", [emit("Mul", [x, x]), x])
      let sum = emit("Add", [x, emit("Mul", [cube, try scalar(0.044715)])])
      share = emit("Tanh", [emit("Mul", [sum, try scalar((2 / Double.pi).squareRoot())])])
    } else {
      share = emit("Erf", [emit("Mul", [x, try scalar(0.5.squareRoot())])])
    }
    return emit("Mul", [x, try scale(share, by: 0.5, plus: 0.5)])
  }

  mutating func softmax(_ value: Value, _ function: SoftmaxFunction) throws(ONNXError) -> Value {
    let operation: String
    switch function {
    case .softmax: operation = "Softmax"
    case .logSoftmax: operation = "LogSoftmax"
    case .sparsemax: throw .noCounterpart(layer: layer, what: "sparsemax")
    }
    let order = value.order
    let axis = (order.firstIndex(of: value.shape.rank - 1) ?? 0) + 1
    let result = emit(operation, [tensor(value, order)], [("axis", .int(axis))])
    return Value(source: .tensor(result, order: order), shape: value.shape, isBatched: value.isBatched)
  }
}
