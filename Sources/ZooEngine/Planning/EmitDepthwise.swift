import ZooGraph

extension PlanBuilder {
  /// A depthwise convolution by our own code, where that is faster than oneDNN's: with a silu before or behind, and where the
  /// map lies in NHWC, as ConvNeXt's do, and would have to be brought into blocks and back. Returns false otherwise.
  mutating func emitDepthwise(
    _ operation: LoweredOperation, _ convolution: Convolution
  ) throws(EngineError) -> Bool {
    let value = operation.inputs[0]
    let before = leftActivations[value] ?? .linear
    let isPlain = try layout(of: value) == .map(batch, extent(of: value), .nhwc)
    let tag: MemoryDescriptor.Tag? =
      if before == .silu || operation.epilogue == [.activation(.silu)] {
        OneDNN.blockedTag
      } else if isPlain, options.precision == .float32 { .nhwc } else { nil }
    guard let tag, let kernel = try depthwiseKernel(operation, convolution, before: before, tag) else {
      return false
    }
    let source = try location(of: value, as: try kernel.source.descriptor(for: kernel.source.extent))
    let target = newLocation(try kernel.target.descriptor(for: operation.extent))
    let size = kernel.width
    let channels = (convolution.filters + size - 1) / size * size
    let layout = try MemoryDescriptor(
      convolution.kernelDimensions(input: kernel.source.extent), .depthwiseBlocks(size))
    let packed = try weights.kernel(
      of: convolution.folding(input: kernel.source.extent),
      plain: try convolution.kerasKernel(input: kernel.source.extent), as: layout)
    let bias = try weights.bias(of: convolution.folding(input: kernel.source.extent), padded: channels)
    emit(
      kernel, layers: operation.layers,
      [source, constant(packed, layout), constant(bias, try .vector(channels)), target],
      floatingPointOperations: batch
        &* convolution.floatingPointOperations(kernel.source.extent, operation.extent))
    set(operation.id, target)
    return true
  }

  private func depthwiseKernel(
    _ operation: LoweredOperation, _ convolution: Convolution, before: ActivationFunction,
    _ tag: MemoryDescriptor.Tag
  ) throws(EngineError) -> DepthwiseKernel? {
    var after = ActivationFunction.linear
    for step in operation.epilogue {
      guard case .activation(let function) = step, after == .linear else { return nil }
      after = function
    }
    let type = options.precision.type
    let source = try MemoryDescriptor.map(batch, extent(of: operation.inputs[0]), tag, type: type)
    let target = try MemoryDescriptor.map(batch, operation.extent, tag, type: type)
    return DepthwiseKernel(
      convolution, from: BlockedLayout(source), to: BlockedLayout(target), before: before, after: after)
  }

  /// The operation without its last activation, where that is a silu and only a depthwise convolution reads the result, which
  /// applies it on the way.
  mutating func leavingActivation(of operation: LoweredOperation) throws(EngineError) -> LoweredOperation {
    guard operation.epilogue.last == .activation(.silu), !graph.outputs.contains(operation.id) else {
      return operation
    }
    let users = graph.operations.filter { $0.inputs.contains(operation.id) }
    guard users.count == 1, case .convolution(let convolution) = users[0].kind,
      users[0].inputs == [operation.id], let tag = OneDNN.blockedTag,
      try depthwiseKernel(users[0], convolution, before: .silu, tag) != nil
    else { return operation }
    leftActivations[operation.id] = .silu
    var operation = operation
    operation.epilogue.removeLast()
    return operation
  }
}
