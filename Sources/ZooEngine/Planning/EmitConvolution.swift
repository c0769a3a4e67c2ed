import ZooGraph

extension PlanBuilder {
  /// A convolution with everything that was fused into it.
  mutating func emitConvolution(
    _ operation: LoweredOperation, _ convolution: Convolution
  ) throws(EngineError) {
    if try emitDepthwise(operation, convolution) { return }
    let whole = operation
    let operation = try leavingActivation(of: whole)
    if operation == whole, try emitWithDepthwise(operation, convolution) { return }
    guard let residual = operation.residual else {
      let result = try found(operation, convolution, operation.epilogue.activations, destination: nil)
      return try emit(result, operation, convolution, residual: nil)
    }
    let value = operation.inputs[residual]
    let summand = try location(of: value)
    if try !movesSource(of: operation, summand) {
      let overwrites = canOverwrite(value, at: summand) && !lies(operation.inputs[0], in: summand.buffer)
      if try emit(operation, convolution, adding: summand, overwrites: overwrites) { return }
    }
    // The summand's layout or type is not one that the convolution can write, or there is no fast code that leaves a
    // summand as it is: the result is written over a copy.
    let copy = newLocation(try found(operation, convolution, [], destination: nil).destination)
    try emitReorder(from: summand, to: copy, layers: operation.layers.suffix(1))
    guard try emit(operation, convolution, adding: copy, overwrites: true) else {
      throw Self.noImplementation
    }
  }

  /// Whether a summand in another kind of layout makes a product read its source, which is the larger of the two, in that kind
  /// as well.
  private func movesSource(of operation: LoweredOperation, _ summand: Location) throws(EngineError) -> Bool {
    guard case .convolution(let convolution) = operation.kind, convolution.isPointwise,
      let source = layout(of: operation.inputs[0]), summand.descriptor.byteCount < source.byteCount,
      let alike = try BlockedLayout(source)?.descriptor(for: operation.extent)
    else { return false }
    return summand.descriptor != alike && source.type == summand.descriptor.type
  }

  /// The convolution with a summand, over which it writes if that may be overwritten; the result lies as the
  /// summand does. Returns false where oneDNN has no code for it, or only its slow one for what a copy does without.
  private mutating func emit(
    _ operation: LoweredOperation, _ convolution: Convolution, adding summand: Location, overwrites: Bool
  ) throws(EngineError) -> Bool {
    let steps = operation.epilogue.fused(sum: overwrites ? .sum : .add(summand.descriptor))
    guard let result = try find(operation, convolution, steps, destination: summand.descriptor),
      overwrites || !result.isReference
    else { return false }
    try emit(result, operation, convolution, residual: (summand, overwrites))
    return true
  }

  private static let noImplementation = EngineError("oneDNN has no implementation of this convolution")

  func found(
    _ operation: LoweredOperation, _ convolution: Convolution, _ steps: [FusedStep],
    destination: MemoryDescriptor?
  ) throws(EngineError) -> ConvolutionCode {
    guard let found = try find(operation, convolution, steps, destination: destination) else {
      throw Self.noImplementation
    }
    return found
  }

  /// A candidate as oneDNN is asked for it.
  private struct Way {
    var operation: Operation
    var source: MemoryDescriptor
    var family: String
  }

  /// What another plan has; else the fastest as measured; else our own code where it wins, and the first of the
  /// convolution's candidates that oneDNN has fast code for.
  private func find(
    _ operation: LoweredOperation, _ convolution: Convolution, _ steps: [FusedStep],
    destination: MemoryDescriptor?
  ) throws(EngineError) -> ConvolutionCode? {
    let input = extent(of: operation.inputs[0])
    let attributes = try Attributes(steps)
    var ways: [Way] = []
    let lies = layout(of: operation.inputs[0])
    for candidate in try candidates(convolution, input: input, output: operation.extent, lies: lies) {
      var candidate = candidate
      if let destination { candidate.destination = destination }
      ways.append(
        Way(
          operation: try convolution.operation(candidate, input: input), source: candidate.source,
          family: candidate.family))
    }
    let theirs = try first(of: ways, attributes)
    // Other numbers, or another layout, than the rest of the network has would have to be converted.
    let alike = ways.filter { $0.source == theirs?.source }
    func own() throws(EngineError) -> Winograd? {
      try winograd(convolution, input: input, output: operation.extent, steps, destination: destination)
    }
    let key = convolution.tuningKey(
      input: input, output: operation.extent, batch: batch, threads: threads, steps: steps,
      precision: options.precision)
    for case let name? in [choices[convolution.name], options.tuning?.winner(for: key)] {
      if name == Winograd.name, let own = try own() { return .winograd(own) }
      let known = try implementations(of: alike, attributes, limit: 1) { $0 == name }.first
      if let known { return known }
    }
    let prefersOwn = Winograd.wins(
      overWinograd: theirs?.isWinograd ?? false, batch: batch, input: input, output: operation.extent)
    if let tuning = options.tuning, tuning.measures {
      var entrants = try implementations(of: alike, attributes)
      if let own = try own() { entrants.insert(.winograd(own), at: prefersOwn ? 0 : entrants.count) }
      if let found = try fastest(entrants, key: key, summand: destination, tuning: tuning) { return found }
    }
    if prefersOwn, let own = try own() { return .winograd(own) }
    return theirs.map { .oneDNN($0) }
  }

  /// What oneDNN has in the blocked layouts. Others would have to be paid for by the neighbours.
  private func implementations(
    of ways: [Way], _ attributes: Attributes,
    limit: Int = .max, named accept: (String) -> Bool = { _ in true }
  ) throws(EngineError) -> [ConvolutionCode] {
    var found: [ConvolutionCode] = []
    for way in ways where !way.family.isEmpty && found.count < limit {
      found += try PrimitiveDescriptor.all(
        way.operation, attributes, on: device, limit: limit - found.count
      ) {
        $0.hasPrefix(way.family) && accept(ConvolutionCode.name(of: $0, way.source.type))
      }.map { .oneDNN($0) }
    }
    return found
  }

  /// The first way that oneDNN has code of the family for.
  private func first(
    of ways: [Way], _ attributes: Attributes
  ) throws(EngineError) -> PrimitiveDescriptor? {
    for way in ways {
      let found = try PrimitiveDescriptor.find(way.operation, attributes, on: device) {
        $0.hasPrefix(way.family)
      }
      if let found { return found }
    }
    return nil
  }

  private mutating func emit(
    _ code: ConvolutionCode, _ operation: LoweredOperation, _ convolution: Convolution,
    residual: (location: Location, overwritten: Bool)?
  ) throws(EngineError) {
    choices.note(code.name, for: convolution.name)
    let source = try location(of: operation.inputs[0], as: code.source)
    var target: Location
    if let residual, residual.overwritten {
      target = residual.location
    } else {
      target = newLocation(code.destination)
    }
    target.descriptor = code.destination
    switch code {
    case .oneDNN(let descriptor):
      try emit(descriptor, operation, convolution, residual: residual, source: source, target: target)
    case .winograd(let winograd):
      try emit(
        winograd, operation, convolution, summand: residual?.location, source: source, target: target)
    }
    set(operation.id, target)
  }

  private mutating func emit(
    _ descriptor: PrimitiveDescriptor, _ operation: LoweredOperation, _ convolution: Convolution,
    residual: (location: Location, overwritten: Bool)?, source: Location, target: Location
  ) throws(EngineError) {
    let input = extent(of: operation.inputs[0])
    var operands = [(Argument.source, source)]
    operands += try parameters(of: convolution, input: input, as: descriptor.weights)
    if let residual, !residual.overwritten, let index = operation.epilogue.argumentOfAdd {
      operands.append((index, residual.location))
    }
    try emit(
      descriptor, layers: operation.layers, operands + [(.destination, target)],
      floatingPointOperations: batch &* convolution.floatingPointOperations(input, operation.extent))
  }

  /// Kernel and bias, if there is one, as operands.
  ///
  /// - Parameter ofDepthwise: whether it is the one that is fused with another.
  mutating func parameters(
    of convolution: Convolution, input: Extent, as layout: MemoryDescriptor, ofDepthwise: Bool = false
  ) throws(EngineError) -> [(Argument, Location)] {
    let packed = try weights.kernel(
      of: convolution.folding(input: input), plain: try convolution.kerasKernel(input: input), as: layout)
    func argument(_ argument: Argument) -> Argument { ofDepthwise ? argument.ofDepthwise : argument }
    let kernel = (argument(.weights), constant(packed, layout))
    guard convolution.hasBias else { return [kernel] }
    let bias = try weights.bias(of: convolution.folding(input: input))
    return [kernel, (argument(.bias), constant(bias, try .vector(convolution.filters)))]
  }
}

extension Convolution {
  var hasBias: Bool { bias != nil || !affine.isEmpty || !inputAffine.isEmpty }

  /// Its weights, for an input of this size.
  func folding(input: Extent) -> FoldedWeights {
    FoldedWeights(
      name: name, bias: bias, inputs: kernelCount(input: input) / filters, outputs: filters,
      inputAffine: inputAffine, affine: affine)
  }

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

  /// Which argument holds the value to be added.
  var argumentOfAdd: Argument? {
    var index = 0
    for step in self {
      switch step {
      case .add: return Argument.operand(ofStep: index)
      case .activation(let function): index += function.elementwise.count
      }
    }
    return nil
  }
}
