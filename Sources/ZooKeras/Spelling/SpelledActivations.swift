import ZooGraph

extension ActivationFunction {
  /// As a parameter of a layer: a name, or a layer where numbers are Keras' own no more.
  var kerasValue: JSONValue {
    if isStandard { return .string(name) }
    guard let layer = asLayer else {
      preconditionFailure("\(self) is put behind its layer before it is written")
    }
    return [
      "module": "keras.layers", "class_name": .string(layer.className), "config": .object(layer.config),
      "registered_name": nil,
    ]
  }

  /// Whether Keras 3 can have it as a parameter of a layer.
  package var isKerasParameter: Bool { self != .hardSigmoidOfKeras2 && (isStandard || asLayer != nil) }

  /// A layer that is the function.
  fileprivate var asLayer: KerasSpelling? {
    switch self {
    case .relu6: KerasSpelling("ReLU", ["max_value": 6])
    case .rectifier(let maximum, let slope, let threshold):
      KerasSpelling(
        "ReLU",
        [
          "max_value": maximum.map { .number($0) } ?? nil, "negative_slope": .number(slope),
          "threshold": .number(threshold),
        ])
    case .leakyReLU(let slope): KerasSpelling("LeakyReLU", ["negative_slope": .number(slope)])
    case .elu(let alpha): KerasSpelling("ELU", ["alpha": .number(alpha)])
    case .linear, .relu, .sigmoid, .tanh, .hardSigmoid, .hardSigmoidOfKeras2, .hardSilu, .hardTanh, .silu,
      .selu,
      .celu, .gelu, .softplus, .softsign, .mish, .exponential, .logSigmoid, .squareplus, .sparsePlus,
      .sparseSigmoid,
      .hardShrink, .softShrink, .tanhShrink, .threshold, .softmax, .logSoftmax, .sparsemax, .glu:
      nil
    }
  }

  /// A function of `keras.ops` that is it.
  fileprivate var asOperation: KerasSpelling? {
    switch self {
    case .celu(let alpha): .operation("Celu", ["alpha": .number(alpha)], in: "nn")
    case .gelu(let approximate): .operation("Gelu", ["approximate": .bool(approximate)], in: "nn")
    case .squareplus(let b): .operation("Squareplus", ["b": .number(b)], in: "nn")
    case .hardShrink(let threshold): .operation("HardShrink", ["threshold": .number(threshold)], in: "nn")
    case .softShrink(let threshold): .operation("SoftShrink", ["threshold": .number(threshold)], in: "nn")
    case .threshold(let threshold, let value):
      .operation("Threshold", ["threshold": .number(threshold), "default_value": .number(value)], in: "nn")
    case .linear, .relu, .relu6, .rectifier, .leakyReLU, .sigmoid, .tanh, .hardSigmoid, .hardSigmoidOfKeras2,
      .hardSilu, .hardTanh, .silu, .elu, .selu, .softplus, .softsign, .mish, .exponential, .logSigmoid,
      .sparsePlus,
      .sparseSigmoid, .tanhShrink, .softmax, .logSoftmax, .sparsemax, .glu:
      nil
    }
  }
}

extension Activation: KerasSpelled {
  func spelling(_: [Shape]) throws(GraphError) -> KerasSpelling {
    // A name that only Keras 3 has would keep older ones from reading what they could.
    if activation == .relu6, let layer = activation.asLayer { return layer }
    if activation.isStandard {
      return KerasSpelling(Self.className, ["activation": .string(activation.name)])
    }
    guard let spelling = activation.asLayer ?? activation.asOperation else {
      throw GraphError("Keras has no activation \(activation)")
    }
    return spelling
  }
}
