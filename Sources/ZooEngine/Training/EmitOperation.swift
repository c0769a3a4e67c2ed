import ZooGraph

extension TrainingBuilder {
  /// Emits one operation. What each kind becomes is in the other files of this folder and in `Operations`.
  ///
  /// - Parameter isOutput: whether its result is the network's. A softmax or a sigmoid there is left to the loss.
  mutating func emit(
    _ operation: LoweredOperation, inputs: [ValueID], shapes: [Shape], isOutput: Bool
  ) throws(EngineError) -> ValueID {
    let result = operation.extent
    switch operation.kind {
    case .input: preconditionFailure("the input is below every cut")
    case .convolution(let convolution): return try emitConvolution(convolution, inputs[0], result)
    case .transposedConvolution(let convolution):
      return try emitTransposedConvolution(convolution, inputs[0], result)
    case .dense(let product): return try emitDense(product, inputs[0])
    case .affine(let steps):
      var value = inputs[0]
      for step in steps { value = try emitAffine(step, value) }
      return value
    case .activation(.sigmoid) where isOutput: return inputs[0]
    case .activation(let function) where !function.differentiable.isEmpty:
      return try emitActivation(function, of: inputs[0])
    case .softmax(.softmax): return isOutput ? inputs[0] : try emitSoftmax(inputs[0])
    case .pad(let margins): return try emitPadding(margins, inputs[0], result)
    case .pool(let pooling): return try emitPooling(pooling, inputs[0], result)
    case .add: return try emitAdd(inputs)
    case .multiply: return try emitMultiply(inputs)
    case .concatenate: return try emitConcatenation(inputs, result)
    case .reshape: return try emitReshape(inputs[0], result)
    case .lookUp(let table, let rows): return try emitLookUp(table, rows: rows, inputs[0], result)
    case .weight(let name): return try emitWeight(name, result)
    case .constant(let values): return try emitConstant(values, result)
    case .dropout(let rate, let shape, let noise):
      return try emitDropout(rate: rate, of: shape, noise: noise, inputs[0])
    case .identity: return inputs[0]
    case .activation, .elementwise, .softmax, .binary, .join, .rearrange, .reduce, .normalize, .matrixProduct,
      .resize:
      guard let plain = operation.plain(shapes) else {
        preconditionFailure("\(operation.kind) is emitted as a plain operation")
      }
      return try emitPlain(plain, inputs, result)
    }
  }

  private mutating func emitAffine(_ step: ChannelAffine, _ input: ValueID) throws(EngineError) -> ValueID {
    switch step {
    case .batchNormalization(let name, let layer): return try emitBatchNormalization(layer, name, input)
    case .constants(let scale, let shift):
      if scale.count == 1, shift.count == 1 {
        return try emitScaling(input, scale: scale[0], shift: shift[0])
      }
      return try emitScaling(
        input, scale: .constants(scale.map { Float($0) }), shift: .constants(shift.map { Float($0) }))
    case .weights(let layer, let scale, let shift):
      return try emitScaling(
        input, scale: try scale.map { name throws(EngineError) in .weight(try parameter(layer, name)) },
        shift: try shift.map { name throws(EngineError) in .weight(try parameter(layer, name)) })
    case .statistics(let layer, let inverted):
      return try emitStatistics(layer, inverted: inverted, input)
    }
  }

  /// Of a Normalization layer: numbers that no training changes.
  private mutating func emitStatistics(
    _ layer: String, inverted: Bool, _ input: ValueID
  ) throws(EngineError) -> ValueID {
    let mean = store.parameters[try parameter(layer, "mean")].values.floats.map(Double.init)
    let variance = store.parameters[try parameter(layer, "variance")].values.floats.map(Double.init)
    let deviations = variance.map { max($0.squareRoot(), Normalization.epsilon) }
    let scale = deviations.map { Float(inverted ? $0 : 1 / $0) }
    let shift = zip(mean, deviations).map { Float(inverted ? $0 : -$0 / $1) }
    return try emitScaling(input, scale: .constants(scale), shift: .constants(shift))
  }

  private mutating func emitPlain(
    _ operation: any PlainOperation, _ inputs: [ValueID], _ result: Extent
  ) throws(EngineError) -> ValueID {
    var sources: [Location] = []
    for input in inputs { sources.append(try location(of: input, as: plain(input))) }
    let place = newLocation(try .map(batch, result))
    try operation.emit(sources, to: place, in: &self)
    let output = newValue(result, at: place, needsGradient: inputs.contains(where: needsGradient))
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let gradient = try builder.converted(gradient, to: place.descriptor)
      for (number, input) in inputs.enumerated() where builder.needsGradient(input) {
        let target = builder.newLocation(sources[number].descriptor)
        try operation.emitGradient(of: number, gradient, sources, place, to: target, in: &builder)
        builder.addGradient(target, to: input)
      }
    }
    return output
  }
}
