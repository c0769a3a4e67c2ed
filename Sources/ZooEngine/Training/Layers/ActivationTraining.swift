import ConeDNN
import ZooGraph

extension TrainingBuilder {
  /// Any activation. A softmax or sigmoid that is the network's last step is left to the loss.
  mutating func emitActivation(
    _ function: ActivationFunction, of input: ValueID, isOutput: Bool
  ) throws(EngineError) -> ValueID {
    switch function {
    case .linear: return input
    case .softmax: return isOutput ? input : try emitSoftmax(input)
    case .sigmoid where isOutput: return input
    default:
      var value = input
      for element in function.differentiable { value = try emitElementwise(element, value) }
      return value
    }
  }

  /// One function on each value. Where its gradient can be had from its result, it overwrites its input.
  mutating func emitElementwise(
    _ element: DifferentiableElementwise, _ input: ValueID
  ) throws(EngineError) -> ValueID {
    let source = try location(of: input)
    let place =
      element.usesDestination || !isTraining ? try placeLike(input) : newLocation(source.descriptor)
    let forward = try PrimitiveDescriptor.best(
      element.forward(source.descriptor, isTraining: isTraining), Attributes(), on: device,
      for: "compute an activation")
    try emit(forward, [(DNNL_ARG_SRC, source), (DNNL_ARG_DST, place)])

    let output = newValue(values[input].extent, at: place, needsGradient: needsGradient(input))
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let backward = try PrimitiveDescriptor.best(
        element.backward(source.descriptor), Attributes(), on: builder.device, forward: forward,
        for: "compute an activation's gradient")
      let target = builder.newLocation(source.descriptor)
      try builder.emit(
        backward,
        [
          element.usesDestination ? (DNNL_ARG_DST, place) : (DNNL_ARG_SRC, source),
          (DNNL_ARG_DIFF_DST, try builder.converted(gradient, to: source.descriptor)),
          (DNNL_ARG_DIFF_SRC, target),
        ])
      builder.addGradient(target, to: input)
    }
    return output
  }

  /// Over the channels, which then lie next to each other.
  private mutating func emitSoftmax(_ input: ValueID) throws(EngineError) -> ValueID {
    let layout = try plain(input)
    let source = try location(of: input, as: layout)
    let place = newLocation(layout)
    var (data, result) = (layout.raw, layout.raw)
    var description = dnnl_softmax_v2_desc_t()
    try check(
      dnnl_softmax_v2_forward_desc_init(
        &description, isTraining ? dnnl_forward_training : dnnl_forward_inference, dnnl_softmax_accurate,
        &data, &result, 1), "describe softmax")
    let forward = try PrimitiveDescriptor.best(description, Attributes(), on: device, for: "compute softmax")
    try emit(forward, [(DNNL_ARG_SRC, source), (DNNL_ARG_DST, place)])

    let output = newValue(values[input].extent, at: place, needsGradient: needsGradient(input))
    onBackward(of: output) { builder, gradient throws(EngineError) in
      var (sourceGradient, gradientLayout, result) = (layout.raw, layout.raw, layout.raw)
      var description = dnnl_softmax_v2_desc_t()
      try check(
        dnnl_softmax_v2_backward_desc_init(
          &description, dnnl_softmax_accurate, &sourceGradient, &gradientLayout, &result, 1),
        "describe softmax's gradient")
      let backward = try PrimitiveDescriptor.best(
        description, Attributes(), on: builder.device, forward: forward, for: "compute softmax's gradient")
      let target = builder.newLocation(layout)
      try builder.emit(
        backward,
        [
          (DNNL_ARG_DST, place), (DNNL_ARG_DIFF_DST, try builder.converted(gradient, to: layout)),
          (DNNL_ARG_DIFF_SRC, target),
        ])
      builder.addGradient(target, to: input)
    }
    return output
  }
}

/// An element-wise function of oneDNN, and how its gradient is had.
struct DifferentiableElementwise {
  var algorithm: dnnl_alg_kind_t
  var alpha: Float = 0
  var beta: Float = 0
  /// Whether the gradient is computed from the function's result instead of its argument.
  var usesDestination = false

  func forward(
    _ layout: MemoryDescriptor, isTraining: Bool
  ) throws(EngineError) -> dnnl_eltwise_desc_t {
    var layout = layout.raw
    var description = dnnl_eltwise_desc_t()
    try check(
      dnnl_eltwise_forward_desc_init(
        &description, isTraining ? dnnl_forward_training : dnnl_forward_inference, algorithm, &layout, alpha,
        beta), "describe an activation")
    return description
  }

  func backward(_ layout: MemoryDescriptor) throws(EngineError) -> dnnl_eltwise_desc_t {
    var (gradient, data) = (layout.raw, layout.raw)
    var description = dnnl_eltwise_desc_t()
    try check(
      dnnl_eltwise_backward_desc_init(&description, algorithm, &gradient, &data, alpha, beta),
      "describe an activation's gradient")
    return description
  }
}

extension ActivationFunction {
  /// As a sequence of functions that oneDNN can differentiate; empty for `linear` and `softmax`.
  fileprivate var differentiable: [DifferentiableElementwise] {
    switch self {
    case .linear, .softmax: []
    case .relu: [.init(algorithm: dnnl_eltwise_relu_use_dst_for_bwd, usesDestination: true)]
    case .relu6: [.init(algorithm: dnnl_eltwise_clip_v2_use_dst_for_bwd, beta: 6, usesDestination: true)]
    case .sigmoid: [.init(algorithm: dnnl_eltwise_logistic_use_dst_for_bwd, usesDestination: true)]
    case .tanh: [.init(algorithm: dnnl_eltwise_tanh_use_dst_for_bwd, usesDestination: true)]
    case .silu: [.init(algorithm: dnnl_eltwise_swish, alpha: 1)]
    case .hardSilu: [.init(algorithm: dnnl_eltwise_hardswish)]
    case .hardSigmoid:
      [
        .init(algorithm: dnnl_eltwise_linear, alpha: 1 / 6, beta: 0.5),
        .init(algorithm: dnnl_eltwise_clip_v2_use_dst_for_bwd, beta: 1, usesDestination: true),
      ]
    }
  }
}
