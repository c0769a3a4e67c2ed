import ConeDNN
import ZooGraph

extension TrainingBuilder {
  /// Conv2D and DepthwiseConv2D: the source's gradient is a convolution of the result's with the kernel, the
  /// kernel's one of the source with the result's gradient.
  mutating func emitConvolution(
    _ convolution: Convolution, _ input: ValueID, _ result: Extent
  ) throws(EngineError) -> ValueID {
    let geometry = try ConvolutionGeometry(convolution, batch: batch, input: values[input].extent, result)
    let kernel = try parameter(convolution.layer, "kernel")
    let bias = convolution.useBias ? try parameter(convolution.layer, "bias") : nil
    let forward = try PrimitiveDescriptor.best(
      geometry.forward(isTraining: isTraining, hasBias: bias != nil), Attributes(), on: device,
      for: "convolve")

    let source = try location(of: input, as: forward.source)
    let place = newLocation(forward.destination)
    var operands = [
      (DNNL_ARG_SRC, source), (DNNL_ARG_DST, place),
      (DNNL_ARG_WEIGHTS, try self.kernel(kernel, plain: geometry.plainKernel, as: forward.weights)),
    ]
    if let bias { operands.append((DNNL_ARG_BIAS, try vector(bias))) }
    try emit(forward, operands)

    let trainsKernel = isTrained(kernel)
    let trainsBias = bias.map(isTrained) ?? false
    let output = newValue(
      result, at: place, needsGradient: needsGradient(input) || trainsKernel || trainsBias,
      isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      if trainsKernel || trainsBias {
        try builder.emitConvolutionWeights(geometry, forward, kernel, bias, input, gradient)
      }
      guard builder.needsGradient(input) else { return }
      try builder.emitConvolutionSource(geometry, forward, kernel, input, gradient)
    }
    return output
  }

  private mutating func emitConvolutionSource(
    _ geometry: ConvolutionGeometry, _ forward: PrimitiveDescriptor, _ kernel: Int, _ input: ValueID,
    _ gradient: Location
  ) throws(EngineError) {
    let backward = try PrimitiveDescriptor.best(
      geometry.backwardSource(), Attributes(), on: device, forward: forward,
      for: "compute a convolution's gradient")
    let place = newLocation(backward.sourceGradient)
    let weights = try self.kernel(kernel, plain: geometry.plainKernel, as: backward.weights)
    try emit(
      backward,
      [
        (DNNL_ARG_DIFF_DST, try converted(gradient, to: backward.destinationGradient)),
        (DNNL_ARG_WEIGHTS, weights), (DNNL_ARG_DIFF_SRC, place),
      ])
    addGradient(place, to: input)
  }

  private mutating func emitConvolutionWeights(
    _ geometry: ConvolutionGeometry, _ forward: PrimitiveDescriptor, _ kernel: Int, _ bias: Int?,
    _ input: ValueID, _ gradient: Location
  ) throws(EngineError) {
    let backward = try PrimitiveDescriptor.best(
      geometry.backwardWeights(hasBias: bias != nil), Attributes(), on: device, forward: forward,
      for: "compute a kernel's gradient")
    var operands = [
      (DNNL_ARG_SRC, try location(of: input, as: backward.source)),
      (DNNL_ARG_DIFF_DST, try converted(gradient, to: backward.destinationGradient)),
    ]
    if let bias { operands.append((DNNL_ARG_DIFF_BIAS, try vectorGradient(bias))) }
    try emitKernelGradient(kernel, as: backward.weightsGradient, plain: geometry.plainKernel) {
      builder, place throws(EngineError) in
      try builder.emit(backward, operands + [(DNNL_ARG_DIFF_WEIGHTS, place)])
    }
  }
}

/// A convolution's tensors and parameters as oneDNN takes them; layouts are left to it.
private struct ConvolutionGeometry {
  let source: MemoryDescriptor
  let destination: MemoryDescriptor
  let kernel: MemoryDescriptor
  let bias: MemoryDescriptor
  /// The kernel as Keras has it.
  let plainKernel: MemoryDescriptor
  private let strides: [Int64]
  private let dilation: [Int64]
  private let before: [Int64]
  private let after: [Int64]

  init(_ convolution: Convolution, batch: Int, input: Extent, _ output: Extent) throws(EngineError) {
    source = try .map(batch, input, dnnl_format_tag_any)
    destination = try .map(batch, output, dnnl_format_tag_any)
    kernel = try MemoryDescriptor(convolution.kernelDimensions(input: input), dnnl_format_tag_any)
    bias = try .vector(convolution.filters)
    plainKernel = try convolution.kerasKernel(input: input)
    strides = [Int64(convolution.strides.height), Int64(convolution.strides.width)]
    dilation = [Int64(convolution.dilation.height - 1), Int64(convolution.dilation.width - 1)]
    before = [Int64(convolution.margins.top), Int64(convolution.margins.left)]
    after = [Int64(convolution.margins.bottom), Int64(convolution.margins.right)]
  }

  func forward(isTraining: Bool, hasBias: Bool) throws(EngineError) -> dnnl_convolution_desc_t {
    var (source, kernel, destination) = (source.raw, kernel.raw, destination.raw)
    var bias = hasBias ? bias.raw : .absent
    var description = dnnl_convolution_desc_t()
    try check(
      dnnl_dilated_convolution_forward_desc_init(
        &description, isTraining ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct,
        &source, &kernel, &bias, &destination, strides, dilation, before, after), "describe a convolution")
    return description
  }

  func backwardSource() throws(EngineError) -> dnnl_convolution_desc_t {
    var (source, kernel, destination) = (source.raw, kernel.raw, destination.raw)
    var description = dnnl_convolution_desc_t()
    try check(
      dnnl_dilated_convolution_backward_data_desc_init(
        &description, dnnl_convolution_direct, &source, &kernel, &destination, strides, dilation, before,
        after), "describe a convolution's gradient")
    return description
  }

  func backwardWeights(hasBias: Bool) throws(EngineError) -> dnnl_convolution_desc_t {
    var (source, kernel, destination) = (source.raw, kernel.raw, destination.raw)
    var bias = hasBias ? bias.raw : .absent
    var description = dnnl_convolution_desc_t()
    try check(
      dnnl_dilated_convolution_backward_weights_desc_init(
        &description, dnnl_convolution_direct, &source, &kernel, &bias, &destination, strides, dilation,
        before, after), "describe a kernel's gradient")
    return description
  }
}
