import ZooGraph

/// Axes as Keras counts them: the batch is 0.
private func kerasAxes(_ own: [Int]) -> JSONValue { .array(own.map { .number(Double($0 + 1)) }) }
private func kerasAxis(_ own: Int?) -> JSONValue { .number(Double(own.map { $0 + 1 } ?? -1)) }
private func kerasAxes(_ own: [Int]?) -> JSONValue { own.map { kerasAxes($0) } ?? .number(-1) }
private func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }

extension InputLayer: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    // Keras 3 reads both spellings, Keras 2 this one only.
    KerasSpelling(
      Self.className, ["batch_input_shape": .array([nil] + shape.dimensions.map { .number(Double($0)) })])
  }
}

extension BatchNormalization: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    KerasSpelling(
      Self.className,
      [
        "epsilon": .number(epsilon), "momentum": .number(momentum), "center": .bool(center),
        "scale": .bool(scale),
        "axis": kerasAxis(self.axis),
      ])
  }
}

extension LayerNormalization: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    var config: [String: JSONValue] = [
      "axis": kerasAxes(self.axis), "epsilon": .number(epsilon), "center": .bool(center),
      "scale": .bool(scale),
    ]
    if rmsScaling { config["rms_scaling"] = true }
    return KerasSpelling(Self.className, config)
  }
}

extension RMSNormalization: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    KerasSpelling(Self.className, ["axis": kerasAxes(axis), "epsilon": .number(epsilon)])
  }
}

extension GroupNormalization: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    KerasSpelling(
      Self.className,
      [
        "groups": .number(Double(groups)), "axis": kerasAxis(self.axis), "epsilon": .number(epsilon),
        "center": .bool(center), "scale": .bool(scale),
      ])
  }
}

extension UnitNormalization: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling { KerasSpelling(Self.className, ["axis": kerasAxes(self.axis)]) }
}

extension Normalization: KerasSpelled {
  func spelling(_ inputs: [Shape]) -> KerasSpelling {
    var config: [String: JSONValue] = ["axis": kerasAxes(axis), "invert": .bool(invert)]
    if let mean, let variance {
      // For each channel, as a list for no axis does not come back.
      config["axis"] = -1
      config["mean"] = numbers(mean.count == 1 ? Array(repeating: mean[0], count: inputs[0].channels) : mean)
      config["variance"] = numbers(
        variance.count == 1 ? Array(repeating: variance[0], count: inputs[0].channels) : variance)
    } else if axis == [] {
      config["axis"] = .null
    }
    return KerasSpelling(Self.className, config)
  }
}

extension Dropout: KerasSpelled {
  func spelling(_ inputs: [Shape]) -> KerasSpelling {
    var config: [String: JSONValue] = ["rate": .number(rate)]
    if !sharedAxes.isEmpty {
      config["noise_shape"] = .array(
        [.null] + inputs[0].dimensions.indices.map { sharedAxes.contains($0) ? 1 : .null })
    }
    return KerasSpelling(Self.className, config)
  }
}

extension PReLU: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    KerasSpelling(Self.className, ["shared_axes": sharedAxes.isEmpty ? nil : kerasAxes(sharedAxes)])
  }
}

extension Softmax: KerasSpelled {
  func spelling(_: [Shape]) throws(GraphError) -> KerasSpelling {
    switch function {
    case .softmax: return KerasSpelling(Self.className, ["axis": kerasAxes(self.axis)])
    case .logSoftmax, .sparsemax:
      guard self.axis.count == 1 else { throw GraphError("Keras has it along one axis only") }
      let name = function == .logSoftmax ? "LogSoftmax" : "Sparsemax"
      return .operation(name, ["axis": kerasAxis(self.axis[0])], in: "nn")
    }
  }
}

extension Permute: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    KerasSpelling(Self.className, ["dims": kerasAxes(self.axes)])
  }
}

extension Concatenate: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling { KerasSpelling(Self.className, ["axis": kerasAxis(self.axis)]) }
}

extension Dot: KerasSpelled {
  func spelling(_: [Shape]) -> KerasSpelling {
    KerasSpelling(Self.className, ["axes": kerasAxes(self.axes), "normalize": .bool(normalize)])
  }
}

extension MultiHeadAttention: KerasSpelled {
  func spelling(_ inputs: [Shape]) -> KerasSpelling {
    var config: [String: JSONValue] = [
      "num_heads": .number(Double(numHeads)), "key_dim": .number(Double(keyDim)),
      "value_dim": .number(Double(valueDim)), "use_bias": .bool(useBias),
    ]
    if let outputDim { config["output_shape"] = .array([.number(Double(outputDim))]) }
    return KerasSpelling(Self.className, config)
  }
}

extension LayerScale: KerasSpelled {
  func spelling(_ inputs: [Shape]) -> KerasSpelling {
    // A layer of Keras Applications, registered under its module.
    var spelling = KerasSpelling(
      Self.className, ["init_values": 1e-6, "projection_dim": .number(Double(inputs[0].channels))])
    spelling.module = "keras.src.applications.convnext"
    return spelling
  }
}

extension TimeDistributed: KerasSpelled {
  func spelling(_ inputs: [Shape]) throws(GraphError) -> KerasSpelling {
    let step = Shape(Array(inputs[0].dimensions.dropFirst()))
    let inner: KerasSpelling
    do {
      inner = try layer.kerasSpelling([step])
    } catch {
      throw (error as? GraphError) ?? GraphError("cannot be written")
    }
    guard !inner.isOperation else { throw GraphError("Keras has no TimeDistributed around an operation") }
    var config = inner.config
    config["name"] = "layer"
    return KerasSpelling(
      Self.className,
      [
        "layer": [
          "module": .string(inner.module), "class_name": .string(inner.className), "config": .object(config),
          "registered_name": nil,
        ]
      ])
  }
}
