import ZooGraph

extension PlanBuilder {
  /// A few vectors are multiplied by our own code, more by oneDNN's, with the same kernel.
  mutating func emitDense(_ operation: LoweredOperation, _ product: DenseProduct) throws(EngineError) {
    let input = extent(of: operation.inputs[0])
    let descriptor = try code(operation, product, input)
    // Pixel by pixel a map is the vector that Keras' Flatten makes of it, for which oneDNN's code is faster.
    let source = try location(of: operation.inputs[0], as: .map(batch, input, type: options.precision.type))
    let vectors = Location(buffer: source.buffer, descriptor: descriptor.source)
    let packed = try weights.kernel(
      of: product.folding(input), plain: product.kerasKernel(input), as: descriptor.weights)
    let kernel = constant(packed, descriptor.weights)
    let bias = try bias(of: product, input)
    let place = newLocation(descriptor.destination)
    let count = batch &* product.floatingPointOperations(input)
    let own = try DenseKernel(
      batch: batch, inputs: input.elementCount, units: product.units, kernel: descriptor.weights,
      hasBias: bias != nil)
    if let own {
      emit(
        own, layers: operation.layers, [vectors, kernel] + [bias, place].compactMap { $0 },
        floatingPointOperations: count)
      for case .activation(let function) in operation.epilogue {
        try emitActivation(function, from: place, to: place, layers: operation.layers)
      }
    } else {
      let operands: [(Argument, Location?)] = [
        (.source, vectors), (.weights, kernel), (.bias, bias), (.destination, place),
      ]
      try emit(
        descriptor, layers: operation.layers,
        operands.compactMap { argument, place in place.map { (argument, $0) } },
        floatingPointOperations: count)
    }
    set(operation.id, Location(buffer: place.buffer, descriptor: try .map(batch, operation.extent)))
  }

  /// oneDNN's, for the kernel as another plan has it, if there is one and oneDNN can: kernels can be large.
  private func code(
    _ operation: LoweredOperation, _ product: DenseProduct, _ input: Extent
  ) throws(EngineError) -> PrimitiveDescriptor {
    let type = options.precision.type
    let any = try MemoryDescriptor([product.units, input.elementCount], .any, type: type)
    for case let kernel? in [weights.layout(of: product.name), any] {
      let found = try PrimitiveDescriptor.find(
        .innerProduct(
          source: try MemoryDescriptor([batch, input.elementCount], .rowMajor, type: type), kernel: kernel,
          bias: product.hasBias ? try .vector(product.units) : nil,
          destination: try MemoryDescriptor([batch, product.units], .rowMajor), .inference),
        Attributes(operation.epilogue.activations), on: device)
      if let found { return found }
    }
    throw EngineError("oneDNN has no implementation to multiply matrices")
  }

  private mutating func bias(
    of product: DenseProduct, _ input: Extent
  ) throws(EngineError) -> Location? {
    guard product.hasBias else { return nil }
    let values = try weights.bias(of: product.folding(input))
    return constant(values, try .vector(product.units))
  }
}

extension DenseProduct {
  fileprivate func folding(_ input: Extent) -> FoldedWeights {
    FoldedWeights(
      name: name, bias: bias, inputs: input.elementCount, outputs: units, inputAffine: inputAffine,
      affine: affine)
  }

  /// How Keras stores the kernel: the weights of one input for all units next to each other.
  fileprivate func kerasKernel(_ input: Extent) throws(EngineError) -> MemoryDescriptor {
    try MemoryDescriptor([units, input.elementCount], strides: [1, units])
  }
}
