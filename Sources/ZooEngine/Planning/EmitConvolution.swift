import ConeDNN
import ZooGraph

extension PlanBuilder {
  /// A convolution with everything that was fused into it.
  mutating func emitConvolution(
    _ operation: LoweredOperation, _ convolution: Convolution
  ) throws(EngineError) {
    guard let residual = operation.residual else {
      let result = try newConvolution(
        operation, convolution, operation.epilogue.activations, destination: nil)
      return try emit(result, operation, convolution, residual: nil)
    }
    let other = try location(of: operation.inputs[residual])
    let overwrites =
      canOverwrite(operation.inputs[residual], at: other) && operation.inputs[0] != operation.inputs[residual]
    let steps = operation.epilogue.fused(sum: overwrites ? .sum : .add(other.descriptor))
    let result = try newConvolution(operation, convolution, steps, destination: other.descriptor)
    try emit(result, operation, convolution, residual: (other, overwrites))
  }

  /// The first of the convolution's candidates that oneDNN has fast code for.
  private func newConvolution(
    _ operation: LoweredOperation, _ convolution: Convolution, _ steps: [FusedStep],
    destination: MemoryDescriptor?
  ) throws(EngineError) -> PrimitiveDescriptor {
    let input = extent(of: operation.inputs[0])
    let attributes = try Attributes(steps)
    for candidate in try candidates(convolution, input: input, output: operation.extent) {
      var candidate = candidate
      if let destination { candidate.destination = destination }
      let description = try convolution.description(candidate, input: input)
      let found = try PrimitiveDescriptor.find(description, attributes, on: device) {
        candidate.takesAny || $0.hasPrefix("jit")
      }
      if let found { return found }
    }
    throw EngineError("oneDNN has no implementation of this convolution")
  }

  private mutating func emit(
    _ descriptor: PrimitiveDescriptor, _ operation: LoweredOperation, _ convolution: Convolution,
    residual: (location: Location, overwritten: Bool)?
  ) throws(EngineError) {
    let input = extent(of: operation.inputs[0])
    let source = try location(of: operation.inputs[0], as: descriptor.source)
    let packed = try weights.kernel(
      of: convolution.layer, count: convolution.kernelCount(input: input), affine: convolution.affine,
      channels: convolution.filters, plain: try convolution.kerasKernel(input: input),
      as: descriptor.weights)
    var operands = [(DNNL_ARG_SRC, source), (DNNL_ARG_WEIGHTS, constant(packed, descriptor.weights))]
    if convolution.hasBias {
      let bias = try weights.bias(
        of: convolution.layer, useBias: convolution.useBias, affine: convolution.affine,
        channels: convolution.filters)
      operands.append((DNNL_ARG_BIAS, constant(bias, try .vector(convolution.filters))))
    }
    var target: Location
    if let residual, residual.overwritten {
      target = residual.location
    } else {
      target = newLocation(descriptor.destination)
      if let residual, let index = operation.epilogue.argumentOfAdd {
        operands.append((index, residual.location))
      }
    }
    target.descriptor = descriptor.destination
    try emit(
      descriptor, layers: operation.layers, operands + [(DNNL_ARG_DST, target)],
      floatingPointOperations: batch &* convolution.floatingPointOperations(input, operation.extent))
    set(operation.id, target)
  }
}

extension Convolution {
  var hasBias: Bool { useBias || !affine.isEmpty }

  private func inputChannelsPerGroup(_ input: Extent) -> Int { input.channels / groups }

  func kernelCount(input: Extent) -> Int {
    kernelSize.height * kernelSize.width * inputChannelsPerGroup(input) * filters
  }

  /// oneDNN's order: groups if any, output channels, input channels, height, width.
  func kernelDimensions(input: Extent) -> [Int] {
    (groups > 1 ? [groups] : []) + [
      filters / groups, inputChannelsPerGroup(input), kernelSize.height, kernelSize.width,
    ]
  }

  /// How Keras stores the kernel: height, width, input channels, then all filters group by group. A depthwise
  /// kernel has for each channel its multiples, which is the same with one input channel per group.
  func kerasKernel(input: Extent) throws(EngineError) -> MemoryDescriptor {
    let perPixel = inputChannelsPerGroup(input) * filters
    let strides =
      (groups > 1 ? [filters / groups] : []) + [1, filters, kernelSize.width * perPixel, perPixel]
    return try MemoryDescriptor(kernelDimensions(input: input), strides: strides)
  }
}

extension LoweredOperation {
  /// The number of the input that is added to the result.
  var residual: Int? {
    for case .add(let input) in epilogue { return input }
    return nil
  }
}

extension [EpilogueStep] {
  /// The activations alone.
  var activations: [FusedStep] {
    compactMap { if case .activation(let function) = $0 { .activation(function) } else { nil } }
  }

  /// All steps, with `sum` for the addition of another value.
  func fused(sum: FusedStep) -> [FusedStep] {
    map { if case .activation(let function) = $0 { .activation(function) } else { sum } }
  }

  /// oneDNN's number of the argument that holds the value to be added.
  var argumentOfAdd: Int32? {
    var index = 0
    for step in self {
      switch step {
      case .add: return Attributes.argument(ofStep: index)
      case .activation(let function): index += function.elementwise.count
      }
    }
    return nil
  }
}
