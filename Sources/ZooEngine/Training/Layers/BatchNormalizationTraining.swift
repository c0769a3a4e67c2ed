import ConeDNN
import ZooGraph

extension TrainingBuilder {
  /// With the moving statistics, or with those of the batch, which then move the moving ones.
  mutating func emitBatchNormalization(
    _ layer: BatchNormalization, _ name: String, _ input: ValueID
  ) throws(EngineError) -> ValueID {
    let usesBatch = isTraining && split.batchStatistics.contains(name)
    let source = try location(of: input)
    let gamma = layer.scale ? try parameter(name, "gamma") : nil
    let beta = layer.center ? try parameter(name, "beta") : nil
    let moving = try (parameter(name, "moving_mean"), parameter(name, "moving_variance"))
    let trainsVectors = (gamma.map(isTrained) ?? false) || (beta.map(isTrained) ?? false)
    let normalization = Normalization(
      data: source.descriptor, epsilon: Float(layer.epsilon), usesBatch: usesBatch, hasScale: layer.scale,
      hasShift: layer.center)
    let forward = try PrimitiveDescriptor.best(
      normalization.forward(isTraining: isTraining), Attributes(), on: device, for: "normalize")

    let mean = usesBatch ? newLocation(try .vector(values[input].extent.channels)) : try vector(moving.0)
    let variance = usesBatch ? newLocation(mean.descriptor) : try vector(moving.1)
    let place = newLocation(source.descriptor)
    var operands = [
      (DNNL_ARG_SRC, source), (DNNL_ARG_DST, place), (DNNL_ARG_MEAN, mean), (DNNL_ARG_VARIANCE, variance),
    ]
    if let gamma { operands.append((DNNL_ARG_SCALE, try vector(gamma))) }
    if let beta { operands.append((DNNL_ARG_SHIFT, try vector(beta))) }
    try emit(forward, operands)
    if usesBatch {
      let kernel = MovingAverageKernel(momentum: Float(layer.momentum), count: values[input].extent.channels)
      emit(kernel, [mean, variance, try vector(moving.0), try vector(moving.1)])
    }

    let output = newValue(
      values[input].extent, at: place, needsGradient: needsGradient(input) || trainsVectors,
      isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let backward = try PrimitiveDescriptor.best(
        normalization.backward(), Attributes(), on: builder.device,
        forward: forward, for: "compute a normalization's gradient")
      let place = builder.newLocation(source.descriptor)
      var operands = [
        (DNNL_ARG_SRC, source), (DNNL_ARG_MEAN, mean), (DNNL_ARG_VARIANCE, variance),
        (DNNL_ARG_DIFF_DST, try builder.converted(gradient, to: source.descriptor)),
        (DNNL_ARG_DIFF_SRC, place),
      ]
      if let gamma {
        operands.append((DNNL_ARG_SCALE, try builder.vector(gamma)))
        operands.append((DNNL_ARG_DIFF_SCALE, try builder.vectorGradient(gamma)))
      }
      if let beta {
        operands.append((DNNL_ARG_SHIFT, try builder.vector(beta)))
        operands.append((DNNL_ARG_DIFF_SHIFT, try builder.vectorGradient(beta)))
      }
      try builder.emit(backward, operands)
      builder.addGradient(place, to: input)
    }
    return output
  }
}

/// A batch normalization as oneDNN takes it.
private struct Normalization {
  let data: MemoryDescriptor
  let epsilon: Float
  let usesBatch: Bool
  let hasScale: Bool
  let hasShift: Bool

  private var flags: UInt32 {
    (usesBatch ? 0 : dnnl_use_global_stats.rawValue) | (hasScale ? dnnl_use_scale.rawValue : 0)
      | (hasShift ? dnnl_use_shift.rawValue : 0)
  }

  func forward(isTraining: Bool) throws(EngineError) -> dnnl_batch_normalization_desc_t {
    var data = data.raw
    var description = dnnl_batch_normalization_desc_t()
    try check(
      dnnl_batch_normalization_forward_desc_init(
        &description, isTraining ? dnnl_forward_training : dnnl_forward_inference, &data, epsilon, flags),
      "describe a normalization")
    return description
  }

  /// oneDNN gives the gradients of scale and shift along with the source's, asked for or not.
  func backward() throws(EngineError) -> dnnl_batch_normalization_desc_t {
    var (gradient, data) = (data.raw, data.raw)
    var description = dnnl_batch_normalization_desc_t()
    let kind = hasScale || hasShift ? dnnl_backward : dnnl_backward_data
    try check(
      dnnl_batch_normalization_backward_desc_init(&description, kind, &gradient, &data, epsilon, flags),
      "describe a normalization's gradient")
    return description
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
