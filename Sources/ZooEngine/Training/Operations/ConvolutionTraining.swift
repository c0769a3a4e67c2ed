import ZooGraph

extension TrainingBuilder {
  /// Conv2D and DepthwiseConv2D: the source's gradient is a convolution of the result's with the kernel, the
  /// kernel's one of the source with the result's gradient.
  mutating func emitConvolution(
    _ convolution: Convolution, _ input: ValueID, _ result: Extent
  ) throws(EngineError) -> ValueID {
    let geometry = try ConvolutionGeometry(convolution, batch: batch, input: values[input].extent, result)
    let kernel = try parameter(convolution.layer, convolution.kernel)
    let bias = try convolution.bias.map { name throws(EngineError) in
      try parameter(convolution.layer, name)
    }
    let forward = try PrimitiveDescriptor.best(
      geometry.operation(pass, hasBias: bias != nil), Attributes(), on: device,
      for: "convolve")

    let source = try location(of: input, as: forward.source)
    let place = newLocation(forward.destination)
    var operands: [(Argument, Location)] = [
      (.source, source), (.destination, place),
      (.weights, try self.kernel(kernel, plain: geometry.plainKernel, as: forward.weights)),
    ]
    if let bias { operands.append((.bias, try vector(bias))) }
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
      geometry.operation(.sourceGradient, hasBias: false), Attributes(), on: device, forward: forward,
      for: "compute a convolution's gradient")
    let place = newLocation(backward.sourceGradient)
    let weights = try self.kernel(kernel, plain: geometry.plainKernel, as: backward.weights)
    try emit(
      backward,
      [
        (.destinationGradient, try converted(gradient, to: backward.destinationGradient)),
        (.weights, weights), (.sourceGradient, place),
      ])
    addGradient(place, to: input)
  }

  private mutating func emitConvolutionWeights(
    _ geometry: ConvolutionGeometry, _ forward: PrimitiveDescriptor, _ kernel: Int, _ bias: Int?,
    _ input: ValueID, _ gradient: Location
  ) throws(EngineError) {
    let backward = try PrimitiveDescriptor.best(
      geometry.operation(.weightsGradient, hasBias: bias != nil), Attributes(), on: device, forward: forward,
      for: "compute a kernel's gradient")
    var operands: [(Argument, Location)] = [
      (.source, try location(of: input, as: backward.source)),
      (.destinationGradient, try converted(gradient, to: backward.destinationGradient)),
    ]
    if let bias { operands.append((.biasGradient, try vectorGradient(bias))) }
    try emitKernelGradient(kernel, as: backward.weightsGradient, plain: geometry.plainKernel) {
      builder, place throws(EngineError) in
      try builder.emit(backward, operands + [(.weightsGradient, place)])
    }
  }
}
