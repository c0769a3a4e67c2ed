import ZooGraph

extension TrainingBuilder {
  /// With the moving statistics, or with those of the batch, which then move the moving ones.
  mutating func emitBatchNormalization(
    _ layer: BatchNormalization, _ name: String, _ input: ValueID
  ) throws(EngineError) -> ValueID {
    let usesBatch = use == .training && split.batchStatistics.contains(name)
    let source = try location(of: input)
    let gamma = layer.scale ? try parameter(name, "gamma") : nil
    let beta = layer.center ? try parameter(name, "beta") : nil
    let moving = try (parameter(name, "moving_mean"), parameter(name, "moving_variance"))
    let trainsVectors = (gamma.map(isTrained) ?? false) || (beta.map(isTrained) ?? false)
    func normalization(_ pass: Pass) -> Operation {
      .batchNormalization(
        source.descriptor, epsilon: Float(layer.epsilon), usesBatch: usesBatch, hasScale: layer.scale,
        hasShift: layer.center, pass)
    }
    let forward = try PrimitiveDescriptor.best(
      normalization(pass), Attributes(), on: device, for: "normalize")

    let mean = usesBatch ? newLocation(try .vector(values[input].extent.channels)) : try vector(moving.0)
    let variance = usesBatch ? newLocation(mean.descriptor) : try vector(moving.1)
    let place = newLocation(source.descriptor)
    var operands: [(Argument, Location)] = [
      (.source, source), (.destination, place), (.mean, mean), (.variance, variance),
    ]
    if let gamma { operands.append((.scale, try vector(gamma))) }
    if let beta { operands.append((.shift, try vector(beta))) }
    try emit(forward, operands)
    if usesBatch {
      let kernel = MovingAverageKernel(momentum: Float(layer.momentum), count: values[input].extent.channels)
      emit(kernel, [mean, variance, try vector(moving.0), try vector(moving.1)])
    }

    let output = newValue(
      values[input].extent, at: place, needsGradient: needsGradient(input) || trainsVectors,
      isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      // oneDNN gives the gradients of scale and shift along with the source's, asked for or not.
      let gradients: Pass = layer.scale || layer.center ? .weightsGradient : .sourceGradient
      let backward = try PrimitiveDescriptor.best(
        normalization(gradients), Attributes(), on: builder.device,
        forward: forward, for: "compute a normalization's gradient")
      let place = builder.newLocation(source.descriptor)
      var operands: [(Argument, Location)] = [
        (.source, source), (.mean, mean), (.variance, variance),
        (.destinationGradient, try builder.converted(gradient, to: source.descriptor)),
        (.sourceGradient, place),
      ]
      if let gamma {
        operands.append((.scale, try builder.vector(gamma)))
        operands.append((.scaleGradient, try builder.vectorGradient(gamma)))
      }
      if let beta {
        if OneDNN.normalizationGradientTakesShift { operands.append((.shift, try builder.vector(beta))) }
        operands.append((.shiftGradient, try builder.vectorGradient(beta)))
      }
      try builder.emit(backward, operands)
      builder.addGradient(place, to: input)
    }
    return output
  }
}

/// `moving = moving · momentum + batch · (1 − momentum)`, for mean and (biased) variance.
private struct MovingAverageKernel: HostKernel {
  let momentum: Float
  let count: Int

  var name: String { "swift:moving average" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    for (batch, moving) in [(addresses[0], addresses[2]), (addresses[1], addresses[3])] {
      let batch = batch.assumingMemoryBound(to: Float.self)
      let moving = moving.assumingMemoryBound(to: Float.self)
      for channel in share.range(of: count) {
        moving[channel] = moving[channel] * momentum + batch[channel] * (1 - momentum)
      }
    }
  }
}
