import ZooGraph

extension GraphReader {
  /// A function of each value.
  mutating func readFunction(_ node: ReadNode) throws -> ReadValue {
    guard let layer = try function(node) else {
      throw unsupported(node, "an operator without a counterpart")
    }
    return try apply(layer, node)
  }

  /// A layer that keeps a value's shape, also where a map is only taken for a vector.
  mutating func apply(_ layer: Layer, _ node: ReadNode) throws -> ReadValue {
    let input = try value(node, 0)
    func applied(_ kind: some LayerKind, _ reader: inout GraphReader) throws -> ReadValue {
      try reader.add(kind, node, [input])
    }
    var result = try applied(layer.kind, &self)
    result.isFlattened = input.isFlattened
    return result
  }

  private func function(_ node: ReadNode) throws -> Layer? {
    switch node.operation {
    case "Abs": Layer(Elementwise(.absolute))
    case "Sqrt": Layer(Elementwise(.squareRoot))
    case "Reciprocal": Layer(Elementwise(.reciprocal))
    case "Log": Layer(Elementwise(.logarithm))
    case "Sin": Layer(Elementwise(.sine))
    case "Cos": Layer(Elementwise(.cosine))
    case "Sign": Layer(Elementwise(.sign))
    case "Floor": Layer(Elementwise(.floor))
    case "Ceil": Layer(Elementwise(.ceiling))
    case "Round": Layer(Elementwise(.round))
    case "Neg": Layer(Rescaling(scale: -1))
    case "Pow": try exponent(node).map { Layer(Elementwise(.power($0))) }
    default: try activation(node).map { Layer(Activation($0)) }
    }
  }

  /// A single number that is part of the model.
  private func exponent(_ node: ReadNode) throws -> Double? {
    let numbers = try tensor(node, 1).map { try onnx.floats(of: $0) } ?? []
    return numbers.count == 1 ? Double(numbers[0]) : nil
  }

  private func activation(_ node: ReadNode) throws -> ActivationFunction? {
    func alpha(_ standard: Float) -> Double { Double(node.float("alpha") ?? standard) }
    switch node.operation {
    case "Relu": return .relu
    case "LeakyRelu": return .leakyReLU(negativeSlope: alpha(0.01))
    case "Sigmoid": return .sigmoid
    case "Tanh": return .tanh
    case "HardSwish": return .hardSilu
    case "HardSigmoid": return try hardSigmoid(node)
    case "Elu": return .elu(alpha: alpha(1))
    case "Celu": return .celu(alpha: alpha(1))
    case "Softplus": return .softplus
    case "Softsign": return .softsign
    case "Mish": return .mish
    case "Exp": return .exponential
    case "Gelu": return .gelu(approximate: node.string("approximate") == "tanh")
    case "Selu" where node.float("alpha") == nil && node.float("gamma") == nil: return .selu
    case "Swish" where alpha(1) == 1: return .silu
    default: return nil
    }
  }

  private func hardSigmoid(_ node: ReadNode) throws -> ActivationFunction {
    let (slope, shift) = (node.float("alpha") ?? 0.2, node.float("beta") ?? 0.5)
    guard shift == 0.5 else { throw unsupported(node, "beta \(shift)") }
    // PyTorch writes the sixth with more or fewer digits.
    if abs(slope - 1 / 6) < 1e-6 { return .hardSigmoid }
    if slope == 0.2 { return .hardSigmoidOfKeras2 }
    if slope == 0.5 { return .sparseSigmoid }
    throw unsupported(node, "alpha \(slope)")
  }

  mutating func readClip(_ node: ReadNode) throws -> ReadValue {
    func bound(_ name: String, _ input: Int) throws -> Double? {
      if let number = node.float(name) { return Double(number) }
      guard let tensor = try tensor(node, input) else { return nil }
      let numbers = try onnx.floats(of: tensor)
      guard numbers.count == 1 else { throw unsupported(node, "several bounds") }
      return Double(numbers[0])
    }
    let (least, most) = (try bound("min", 1), try bound("max", 2))
    switch (least, most) {
    case (0?, 6?): return try apply(Layer(Activation(.relu6)), node)
    case (0?, nil): return try apply(Layer(Activation(.relu)), node)
    case (let least?, let most?): return try apply(Layer(Elementwise(.clip(least, most))), node)
    default: throw unsupported(node, "only one bound")
    }
  }

  mutating func readSoftmax(_ node: ReadNode) throws -> ReadValue {
    let input = try materialized(try value(node, 0), node.name)
    let rank = input.order.count + 1
    // Before opset 13 the axes from this one on are taken together, 1 if nothing is said.
    let axis = node.int("axis").map { $0 < 0 ? $0 + rank : $0 } ?? (onnx.opset < 13 ? 1 : rank - 1)
    guard (1..<rank).contains(axis), onnx.opset >= 13 || axis == rank - 1 else {
      throw unsupported(node, "the axis \(axis)")
    }
    let own = input.order[axis - 1]
    let function: SoftmaxFunction = node.operation == "Softmax" ? .softmax : .logSoftmax
    if own == input.shape.rank - 1 {
      return try add(Activation(function == .softmax ? .softmax : .logSoftmax), node, [input])
    }
    return try add(Softmax(axis: [own], function: function), node, [input])
  }
}
