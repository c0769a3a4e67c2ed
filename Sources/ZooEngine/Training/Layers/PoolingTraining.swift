import ConeDNN
import ZooGraph

extension TrainingBuilder {
  /// The gradient goes to where the maximum was (the first of equal ones), or evenly to all pixels of a window.
  mutating func emitPooling(
    _ pooling: Pooling, _ input: ValueID, _ result: Extent
  ) throws(EngineError) -> ValueID {
    let source = try location(of: input)
    let target = try MemoryDescriptor.map(batch, result, dnnl_format_tag_any)
    let forward = try PrimitiveDescriptor.best(
      pooling.forward(source.descriptor, target, isTraining: isTraining), Attributes(), on: device,
      for: "pool")
    let place = newLocation(forward.destination)
    var operands = [(DNNL_ARG_SRC, source), (DNNL_ARG_DST, place)]
    let workspace = forward.workspace.byteCount > 0 ? newLocation(forward.workspace) : nil
    if let workspace { operands.append((DNNL_ARG_WORKSPACE, workspace)) }
    try emit(forward, operands)

    let output = newValue(result, at: place, needsGradient: needsGradient(input), isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let backward = try PrimitiveDescriptor.best(
        pooling.backward(source.descriptor, place.descriptor), Attributes(), on: builder.device,
        forward: forward, for: "compute a pooling's gradient")
      let target = builder.newLocation(source.descriptor)
      var operands = [
        (DNNL_ARG_DIFF_DST, try builder.converted(gradient, to: place.descriptor)),
        (DNNL_ARG_DIFF_SRC, target),
      ]
      if let workspace { operands.append((DNNL_ARG_WORKSPACE, workspace)) }
      try builder.emit(backward, operands)
      builder.addGradient(target, to: input)
    }
    return output
  }
}

extension Pooling {
  private var geometry: (strides: [Int64], window: [Int64], before: [Int64], after: [Int64]) {
    (
      [Int64(strides.height), Int64(strides.width)], [Int64(window.height), Int64(window.width)],
      [Int64(margins.top), Int64(margins.left)], [Int64(margins.bottom), Int64(margins.right)]
    )
  }

  fileprivate func forward(
    _ source: MemoryDescriptor, _ target: MemoryDescriptor, isTraining: Bool
  ) throws(EngineError) -> dnnl_pooling_desc_t {
    var (source, target) = (source.raw, target.raw)
    let (strides, window, before, after) = geometry
    var description = dnnl_pooling_desc_t()
    try check(
      dnnl_pooling_forward_desc_init(
        &description, isTraining ? dnnl_forward_training : dnnl_forward_inference, algorithm, &source,
        &target,
        strides, window, before, after), "describe a pooling")
    return description
  }

  fileprivate func backward(
    _ source: MemoryDescriptor, _ target: MemoryDescriptor
  ) throws(EngineError) -> dnnl_pooling_desc_t {
    var (source, target) = (source.raw, target.raw)
    let (strides, window, before, after) = geometry
    var description = dnnl_pooling_desc_t()
    try check(
      dnnl_pooling_backward_desc_init(
        &description, algorithm, &source, &target, strides, window, before, after),
      "describe a pooling's gradient")
    return description
  }
}
