import ZooGraph

extension PlanBuilder {
  // MARK: Input

  /// Pixels that need nothing done are read where the caller has them. All others are transformed on the way
  /// into the layout that their first user wants.
  mutating func emitInput(_ operation: LoweredOperation, _ preprocessing: Preprocessing) throws(EngineError) {
    guard preprocessing.isNone else { return }
    set(operation.id, Location(buffer: .input, descriptor: try .map(batch, operation.extent)))
  }

  mutating func emitPixels(_ pixels: PendingPixels, to place: Location) throws(EngineError) {
    guard let layout = BlockedLayout(place.descriptor) else {
      throw EngineError("the pixels have a layout that is not plain")
    }
    let source = Location(buffer: .input, descriptor: try .map(batch, layout.extent))
    let affine = try weights.affine(pixels.affine, channels: layout.extent.channels)
    emit(PixelKernel(pixels.preprocessing, then: affine, to: layout), layers: pixels.layers, [source, place])
  }

  // MARK: Element by element

  /// The place for a result of the same layout as `input`, which it may overwrite.
  private mutating func placeLike(_ input: Location, _ value: ValueID) -> Location {
    canOverwrite(value, at: input) ? input : newLocation(input.descriptor)
  }

  mutating func emitAffine(
    _ operation: LoweredOperation, _ affine: [ChannelAffine]
  ) throws(EngineError) {
    guard pendingPixels(of: operation.id) == nil else { return }
    let value = operation.inputs[0]
    var input = try location(of: value)
    if BlockedLayout(input.descriptor) == nil {
      input = try location(of: value, as: .map(batch, operation.extent))
    }
    guard let layout = BlockedLayout(input.descriptor) else {
      throw EngineError("cannot scale a map of this layout")
    }
    let target = placeLike(input, value)
    let numbers = try weights.affine(affine, channels: operation.extent.channels)
    let limits = AffineKernel.Limits(operation.epilogue.elementwise)
    emit(
      AffineKernel(layout, scale: numbers.scale, shift: numbers.shift, limits), layers: operation.layers,
      [input, target])
    for case .activation(let function) in limits == nil ? operation.epilogue : [] {
      try emitActivation(function, from: target, to: target, layers: operation.layers)
    }
    set(operation.id, target)
  }

  mutating func emitAdd(_ operation: LoweredOperation) throws(EngineError) {
    let first = try location(of: operation.inputs[0])
    let second = try location(of: operation.inputs[1], as: first.descriptor)
    let target = placeLike(first, operation.inputs[0])
    // With a fused activation oneDNN 2.6 miscomputes maps whose last block is not full.
    let fuses = BlockedLayout(first.descriptor).map { !$0.isPadded } ?? false
    try emitBinary(
      .add, first, second, to: target, fuses ? operation.epilogue.activations : [],
      layers: operation.layers)
    for case .activation(let function) in fuses ? [] : operation.epilogue {
      try emitActivation(function, from: target, to: target, layers: operation.layers)
    }
    set(operation.id, target)
  }

  mutating func emitMultiply(_ operation: LoweredOperation) throws(EngineError) {
    let first = try location(of: operation.inputs[0])
    // A 1×1 map is repeated over all pixels.
    let factor = extent(of: operation.inputs[1])
    let plain = try MemoryDescriptor.map(batch, factor)
    let alike = try BlockedLayout(first.descriptor)?.descriptor(for: factor)
    let second = try location(of: operation.inputs[1], as: alike ?? plain)
    let target = placeLike(first, operation.inputs[0])
    try emitBinary(.multiply, first, second, to: target, [], layers: operation.layers)
    set(operation.id, target)
  }

  private mutating func emitBinary(
    _ algorithm: Operation.Binary, _ first: Location, _ second: Location, to target: Location,
    _ steps: [FusedStep], layers: [String]
  ) throws(EngineError) {
    let operation = Operation.binary(
      algorithm, first.descriptor, second.descriptor, destination: target.descriptor)
    let descriptor = try PrimitiveDescriptor.best(
      operation, Attributes(steps), on: device, for: "combine two maps")
    try emit(
      descriptor, layers: layers,
      [(.first, first), (.second, second), (.destination, target)])
  }

  mutating func emitActivation(
    _ operation: LoweredOperation, _ function: ActivationFunction
  ) throws(EngineError) {
    let source = try location(of: operation.inputs[0])
    let target = placeLike(source, operation.inputs[0])
    try emitActivation(function, from: source, to: target, layers: operation.layers)
    set(operation.id, target)
  }

  mutating func emitActivation(
    _ function: ActivationFunction, from source: Location, to target: Location, layers: [String]
  ) throws(EngineError) {
    var source = source
    for element in function.elementwise {
      let descriptor = try PrimitiveDescriptor.best(
        .elementwise(element, source.descriptor, .inference), Attributes(), on: device,
        for: "compute \(function)")
      try emit(descriptor, layers: layers, [(.source, source), (.destination, target)])
      source = target
    }
  }

  /// Over the channels, which then lie next to each other.
  mutating func emitSoftmax(_ operation: LoweredOperation) throws(EngineError) {
    let source = try location(of: operation.inputs[0], as: .map(batch, operation.extent))
    let target = placeLike(source, operation.inputs[0])
    let descriptor = try PrimitiveDescriptor.best(
      .softmax(source.descriptor, axis: 1, .inference), Attributes(), on: device, for: "compute softmax")
    try emit(descriptor, layers: operation.layers, [(.source, source), (.destination, target)])
    set(operation.id, target)
  }

  // MARK: Windows and shapes

  mutating func emitPool(_ operation: LoweredOperation, _ pooling: PoolingWindow) throws(EngineError) {
    let source = try location(of: operation.inputs[0])
    if let layout = BlockedLayout(source.descriptor) {
      let alike = try layout.descriptor(for: operation.extent)
      if let kernel = AveragePoolKernel(pooling, from: layout, to: BlockedLayout(alike)) {
        let place = newLocation(alike)
        emit(kernel, layers: operation.layers, [source, place])
        return set(operation.id, place)
      }
    }
    let target = try MemoryDescriptor.map(
      batch, operation.extent, .any, type: source.descriptor.type ?? .float32)
    let descriptor = try PrimitiveDescriptor.best(
      pooling.operation(source.descriptor, target, .inference), Attributes(), on: device, for: "pool")
    let place = newLocation(descriptor.destination)
    try emit(descriptor, layers: operation.layers, [(.source, source), (.destination, place)])
    if pooling.mode == .maximumWithZeros {
      guard let layout = BlockedLayout(place.descriptor) else {
        throw EngineError("cannot pad a map of this layout")
      }
      let border = BorderKernel(layout, pooling, input: extent(of: operation.inputs[0]).size)
      emit(border, layers: operation.layers, [place])
    }
    set(operation.id, place)
  }

  mutating func emitPad(_ operation: LoweredOperation, _ margins: Margins) throws(EngineError) {
    let value = operation.inputs[0]
    var source = try location(of: value)
    if BlockedLayout(source.descriptor) == nil {
      source = try location(of: value, as: .map(batch, extent(of: value)))
    }
    guard let layout = BlockedLayout(source.descriptor) else {
      throw EngineError("cannot pad a map of this layout")
    }
    let place = newLocation(try layout.descriptor(for: operation.extent))
    guard let padded = BlockedLayout(place.descriptor) else {
      throw EngineError("cannot pad into a map of this layout")
    }
    emit(PadKernel(layout, padded, margins), layers: operation.layers, [source, place])
    set(operation.id, place)
  }

  /// Side by side in the inputs' own layout where their channels fill whole blocks.
  mutating func emitConcatenate(_ operation: LoweredOperation) throws(EngineError) {
    var sources: [Location] = []
    for value in operation.inputs { sources.append(try location(of: value)) }
    let layouts = sources.map { BlockedLayout($0.descriptor) }
    let inBlocks = layouts.allSatisfy {
      guard let layout = $0, let first = layouts[0] else { return false }
      return layout.block == first.block && layout.block > 1
        && layout.blockCount * layout.block == layout.extent.channels
    }
    if !inBlocks {
      if try emitConcatenateInBlocks(operation, sources) { return }
      for (index, value) in operation.inputs.enumerated() {
        sources[index] = try location(of: value, as: .map(batch, extent(of: value)))
      }
    }
    let descriptor = try PrimitiveDescriptor.concatenation(
      of: sources.map(\.descriptor), axis: 1, on: device)
    let place = newLocation(descriptor.destination)
    // oneDNN may want the result in larger blocks than its parts have: 8 channels and 8 make one block of 16. Code that
    // writes past the caches wants its addresses aligned.
    let keepsBlocks = inBlocks && BlockedLayout(place.descriptor)?.block == layouts[0]?.block
    if keepsBlocks, batch == 1, sources.allSatisfy({ $0.descriptor.byteCount % ArenaPlan.alignment == 0 }) {
      try gather(sources, in: place, layers: operation.layers)
      return set(operation.id, place)
    }
    let arguments = sources.enumerated().map { (Argument.source($0), $1) }
    try emit(descriptor, layers: operation.layers, arguments + [(.destination, place)])
    set(operation.id, place)
  }

  /// Where blocks are not full, by our own code, in the layout that convolutions want. Returns false where an input lies in
  /// another layout, or none is in blocks.
  private mutating func emitConcatenateInBlocks(
    _ operation: LoweredOperation, _ sources: [Location]
  ) throws(EngineError) -> Bool {
    guard let tag = OneDNN.blockedTag, let type = sources[0].descriptor.type else { return false }
    let place = try MemoryDescriptor.map(batch, operation.extent, tag, type: type)
    guard
      let kernel = ConcatenateKernel(
        sources.map { BlockedLayout($0.descriptor) }, to: BlockedLayout(place))
    else { return false }
    let target = newLocation(place)
    emit(kernel, layers: operation.layers, sources + [target])
    set(operation.id, target)
    return true
  }

  /// A picture's blocks of channels lie one behind the other, so its maps can be computed where they belong, if that is
  /// not elsewhere already. The others are copied.
  private mutating func gather(
    _ sources: [Location], in whole: Location, layers: [String]
  ) throws(EngineError) {
    var offset = 0
    for source in sources {
      if !makeStretch(source, of: whole, at: offset) {
        let copy = newLocation(source.descriptor)
        let isPlaced = makeStretch(copy, of: whole, at: offset)
        precondition(isPlaced, "a new buffer can lie anywhere")
        try emitReorder(from: source, to: copy, layers: layers)
      }
      offset += source.descriptor.byteCount
    }
    precondition(offset == whole.descriptor.byteCount, "the parts make the whole")
  }

  /// In NHWC the values already lie in the order that counts.
  mutating func emitReshape(_ operation: LoweredOperation) throws(EngineError) {
    let value = operation.inputs[0]
    let source = try location(of: value, as: .map(batch, extent(of: value)))
    set(
      operation.id, Location(buffer: source.buffer, descriptor: try .map(batch, operation.extent)))
  }
}

extension DenseProduct {
  var hasBias: Bool { bias != nil || !affine.isEmpty || !inputAffine.isEmpty }
}

extension PoolingWindow {
  func operation(_ source: MemoryDescriptor, _ destination: MemoryDescriptor, _ pass: Pass) -> Operation {
    .pooling(
      algorithm, source: source, destination: destination,
      Operation.Window(size: window, strides: strides, margins: margins), pass)
  }

  private var algorithm: Operation.PoolingAlgorithm {
    switch mode {
    case .maximum, .maximumWithZeros: .maximum
    case .averageOfPixels: .averageOfPixels
    case .averageWithPadding: .averageWithPadding
    }
  }
}
