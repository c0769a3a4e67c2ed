import ZooGraph

/// A convolution's tensors and parameters as oneDNN takes them; layouts are left to it.
///
/// A transposed convolution is the same with the result as the source: it computes the gradient of that.
struct ConvolutionGeometry {
  let source: MemoryDescriptor
  let destination: MemoryDescriptor
  let kernel: MemoryDescriptor
  let bias: MemoryDescriptor
  /// The kernel as Keras has it.
  let plainKernel: MemoryDescriptor
  private let window: Operation.Window

  init(_ convolution: Convolution, batch: Int, input: Extent, _ output: Extent) throws(EngineError) {
    source = try .map(batch, input, .any)
    destination = try .map(batch, output, .any)
    kernel = try MemoryDescriptor(convolution.kernelDimensions(input: input), .any)
    bias = try .vector(convolution.filters)
    plainKernel = try convolution.kerasKernel(input: input)
    window = convolution.window
  }

  func operation(_ pass: Pass, hasBias: Bool) -> Operation {
    .convolution(
      .direct, source: source, kernel: kernel, bias: hasBias ? bias : nil, destination: destination, window,
      pass)
  }

  /// The code of a transposed convolution.
  func transposed(on device: OneDNN) throws(EngineError) -> PrimitiveDescriptor {
    let forward = try PrimitiveDescriptor.best(
      operation(.training, hasBias: false), Attributes(), on: device, for: "convolve")
    return try PrimitiveDescriptor.best(
      operation(.sourceGradient, hasBias: false), Attributes(), on: device, forward: forward,
      for: "convolve the other way round")
  }
}

extension PlanBuilder {
  mutating func emitTransposedConvolution(
    _ operation: LoweredOperation, _ convolution: Convolution
  ) throws(EngineError) {
    let input = extent(of: operation.inputs[0])
    let geometry = try ConvolutionGeometry(convolution, batch: batch, input: operation.extent, input)
    let descriptor = try geometry.transposed(on: device)
    let packed = try weights.kernel(
      of: convolution.folding(input: operation.extent), plain: geometry.plainKernel, as: descriptor.weights)
    let place = newLocation(descriptor.sourceGradient)
    try emit(
      descriptor, layers: operation.layers,
      [
        (.destinationGradient, try location(of: operation.inputs[0], as: descriptor.destinationGradient)),
        (.weights, constant(packed, descriptor.weights)), (.sourceGradient, place),
      ], floatingPointOperations: batch &* convolution.floatingPointOperations(operation.extent, input))
    set(operation.id, place)
  }
}

extension TrainingBuilder {
  /// The gradient of its source is the convolution forward; the kernel's is that of the convolution with the result's
  /// gradient as its source, and the source as the gradient of its result.
  mutating func emitTransposedConvolution(
    _ convolution: Convolution, _ input: ValueID, _ result: Extent
  ) throws(EngineError) -> ValueID {
    let geometry = try ConvolutionGeometry(convolution, batch: batch, input: result, values[input].extent)
    let kernel = try parameter(convolution.layer, convolution.kernel)
    let descriptor = try geometry.transposed(on: device)
    let place = newLocation(descriptor.sourceGradient)
    try emit(
      descriptor,
      [
        (.destinationGradient, try location(of: input, as: descriptor.destinationGradient)),
        (.weights, try self.kernel(kernel, plain: geometry.plainKernel, as: descriptor.weights)),
        (.sourceGradient, place),
      ])
    let output = newValue(
      result, at: place, needsGradient: needsGradient(input) || isTrained(kernel), isOverwritable: true)
    onBackward(of: output) { builder, gradient throws(EngineError) in
      let forward = try PrimitiveDescriptor.best(
        geometry.operation(.training, hasBias: false), Attributes(), on: builder.device, for: "convolve")
      if builder.isTrained(kernel) {
        let backward = try PrimitiveDescriptor.best(
          geometry.operation(.weightsGradient, hasBias: false), Attributes(), on: builder.device,
          forward: forward, for: "compute a kernel's gradient")
        let operands = [
          (Argument.source, try builder.converted(gradient, to: backward.source)),
          (.destinationGradient, try builder.location(of: input, as: backward.destinationGradient)),
        ]
        try builder.emitKernelGradient(kernel, as: backward.weightsGradient, plain: geometry.plainKernel) {
          builder, place throws(EngineError) in
          try builder.emit(backward, operands + [(.weightsGradient, place)])
        }
      }
      guard builder.needsGradient(input) else { return }
      let target = builder.newLocation(forward.destination)
      let weights = try builder.kernel(kernel, plain: geometry.plainKernel, as: forward.weights)
      try builder.emit(
        forward,
        [
          (.source, try builder.converted(gradient, to: forward.source)), (.weights, weights),
          (.destination, target),
        ])
      builder.addGradient(target, to: input)
    }
    return output
  }
}
