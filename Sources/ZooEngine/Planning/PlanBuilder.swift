import ZooGraph

/// Where a value is and how it lies there.
struct Location: Sendable {
  var buffer: BufferID
  var descriptor: MemoryDescriptor
}

/// A value that is the caller's pixels, scaled and shifted. It is made in the layout that its first user wants.
struct PendingPixels {
  /// Values of a pixel that it pays to go through one by one.
  static let most = 4

  var layers: [String]
  var preprocessing: Preprocessing
  /// What the network begins with.
  var affine: [ChannelAffine] = []
}

/// Turns a lowered network into a plan for one batch size. What each kind of operation becomes is in the
/// extensions; here is what they share: buffers, constants, layouts.
struct PlanBuilder {
  let device: OneDNN
  let graph: LoweredGraph
  let batch: Int
  let threads: Int
  let options: EngineOptions
  let weights: WeightStore
  let choices: ConvolutionChoices

  private(set) var steps: [Step] = []
  private var bufferSizes: [Int] = []
  private var constants: [AlignedBuffer] = []
  /// Each value where it was computed, then its copies in other layouts.
  private var locations: [ValueID: [Location]] = [:]
  /// Buffers that are stretches of others.
  private var slices = Slices()
  /// The values that lie in each buffer of the arena that is no stretch of another, and in its stretches.
  private var residents: [BufferID: [ValueID]] = [:]
  /// What the only user of a value does to it, so that it was left out where the value is computed.
  var leftActivations: [ValueID: ActivationFunction] = [:]
  private let extents: [ValueID: Extent]
  private let shapes: [ValueID: Shape]
  private let lastUses: [ValueID: Int]
  private var current = 0

  /// Threads work on a batch together; this must be the OpenMP thread count of the calling thread, which
  /// oneDNN builds into its code.
  init(
    _ graph: LoweredGraph, batch: Int, threads: Int, options: EngineOptions, weights: WeightStore,
    choices: ConvolutionChoices, on device: OneDNN
  ) {
    self.device = device
    self.graph = graph
    self.batch = batch
    self.threads = threads
    self.options = options
    self.weights = weights
    self.choices = choices
    shapes = Dictionary(uniqueKeysWithValues: graph.operations.map { ($0.id, $0.shape) })
    extents = Dictionary(uniqueKeysWithValues: graph.operations.map { ($0.id, $0.extent) })
    var lastUses: [ValueID: Int] = [:]
    for (index, operation) in graph.operations.enumerated() {
      for input in operation.inputs { lastUses[input] = index }
    }
    self.lastUses = lastUses
  }

  /// The finished plan.
  ///
  /// - Throws: `EngineError` that names the layer at fault.
  consuming func build() throws(EngineError) -> Plan {
    for (index, operation) in graph.operations.enumerated() {
      current = index
      do throws(EngineError) {
        guard !Task.isCancelled else { throw EngineError("is not compiled: the task was cancelled") }
        // Some are done together with the one before.
        if locations[operation.id] == nil { try emit(operation) }
        try emitOutputs(of: operation)
      } catch {
        throw error.at(operation.layers.last ?? "")
      }
    }
    return Plan(batch: batch, threads: threads, steps: steps, arena: try arena(), constants: constants)
  }

  private mutating func emit(_ operation: LoweredOperation) throws(EngineError) {
    if let plain = operation.plain(operation.inputs.map { shapes[$0] ?? operation.shape }) {
      return try emitPlain(operation, plain)
    }
    switch operation.kind {
    case .input(let preprocessing): try emitInput(operation, preprocessing)
    case .convolution(let convolution): try emitConvolution(operation, convolution)
    case .dense(let product): try emitDense(operation, product)
    case .transposedConvolution(let convolution): try emitTransposedConvolution(operation, convolution)
    case .affine(let steps): try emitAffine(operation, steps)
    case .activation(let function): try emitActivation(operation, function)
    case .softmax: try emitSoftmax(operation)
    case .pad(let margins): try emitPad(operation, margins)
    case .pool(let pooling): try emitPool(operation, pooling)
    case .add: try emitAdd(operation)
    case .multiply: try emitMultiply(operation)
    case .concatenate: try emitConcatenate(operation)
    case .reshape: try emitReshape(operation)
    case .lookUp(let table, let rows): try emitLookUp(operation, table, rows: rows)
    case .weight(let name): try emitWeight(operation, name)
    case .constant(let values): try emitConstant(operation, values)
    case .identity, .dropout: preconditionFailure("fusing takes identities out")
    case .elementwise, .binary, .join, .rearrange, .reduce, .normalize, .matrixProduct, .resize:
      preconditionFailure("these are emitted as plain operations")
    }
  }

  /// On tensors in row-major order.
  private mutating func emitPlain(
    _ operation: LoweredOperation, _ plain: any PlainOperation
  ) throws(EngineError) {
    var sources: [Location] = []
    for value in operation.inputs {
      sources.append(try location(of: value, as: .map(batch, extent(of: value))))
    }
    let place = newLocation(try .map(batch, operation.extent))
    try plain.emit(sources, to: place, in: &self)
    set(operation.id, place)
  }

  /// Copies what is asked for to the caller at once, so that the value may be overwritten afterwards.
  private mutating func emitOutputs(of operation: LoweredOperation) throws(EngineError) {
    for (index, output) in graph.outputs.enumerated() where output == operation.id {
      let plain = try MemoryDescriptor.map(batch, operation.extent)
      try emitReorder(
        from: try location(of: output), to: Location(buffer: .output(index), descriptor: plain),
        layers: operation.layers.suffix(1))
    }
  }

  /// Where each buffer lies. Stretches lie where what they are part of does.
  private func arena() throws(EngineError) -> ArenaPlan {
    var arena = try ArenaPlan(lifetimes())
    for part in slices.parts {
      let place = slices.place(of: part)
      arena.offsets[part] = arena.offsets[place.buffer] + place.offset
    }
    return arena
  }

  /// First and last step of each buffer with its stretches, which have none of their own.
  private func lifetimes() -> [Lifetime] {
    var lifetimes = bufferSizes.map { Lifetime(byteCount: $0, first: .max, last: -1) }
    for (index, step) in steps.enumerated() {
      for operand in step.operands {
        guard case .arena(let number) = slices.whole(of: operand.buffer) else { continue }
        lifetimes[number].first = min(lifetimes[number].first, index)
        lifetimes[number].last = max(lifetimes[number].last, index)
      }
    }
    return lifetimes
  }
}

extension PlanBuilder: StepBuilder {
  mutating func step(
    _ descriptor: PrimitiveDescriptor, _ operands: [(Argument, Location)]
  ) throws(EngineError) {
    try emit(descriptor, layers: graph.operations[current].layers, operands)
  }

  mutating func step(_ kernel: some HostKernel, _ places: [Location]) {
    emit(kernel, layers: graph.operations[current].layers, places)
  }
}

// MARK: Values

extension PlanBuilder {
  func extent(of value: ValueID) -> Extent { extents[value] ?? Extent(1, 1, 1) }

  /// A new buffer for a tensor that lies as `descriptor` says.
  mutating func newLocation(_ descriptor: MemoryDescriptor) -> Location {
    bufferSizes.append(descriptor.byteCount)
    return Location(buffer: .arena(bufferSizes.count - 1), descriptor: descriptor)
  }

  mutating func constant(_ buffer: AlignedBuffer, _ descriptor: MemoryDescriptor) -> Location {
    constants.append(buffer)
    return Location(buffer: .constant(constants.count - 1), descriptor: descriptor)
  }

  /// Tells where `value` is.
  mutating func set(_ value: ValueID, _ location: Location) {
    locations[value, default: []].append(location)
    residents[slices.whole(of: location.buffer), default: []].append(value)
  }

  /// Makes `part` the stretch of `whole` from byte `offset` on, where it lies from the start. Returns false where it
  /// belongs to another already or is not in the arena.
  mutating func makeStretch(_ part: Location, of whole: Location, at offset: Int) -> Bool {
    guard case .arena(let number) = part.buffer, case .arena(let owner) = whole.buffer,
      !slices.contains(number), slices.place(of: owner).buffer != number,
      bufferSizes[number] == part.descriptor.byteCount
    else { return false }
    slices.insert(number, into: owner, at: offset)
    residents[slices.whole(of: whole.buffer), default: []] += residents.removeValue(forKey: part.buffer) ?? []
    return true
  }

  /// Where `value` was computed.
  mutating func location(of value: ValueID) throws(EngineError) -> Location {
    if let known = locations[value]?.first { return known }
    return try self.location(of: value, as: try .map(batch, extent(of: value)))
  }

  /// How `value` lies where it was computed; `nil` for pixels, which have not been brought anywhere so far.
  func layout(of value: ValueID) -> MemoryDescriptor? { locations[value]?.first?.descriptor }

  /// `value` in the layout `descriptor`, copied there if it is not yet.
  mutating func location(
    of value: ValueID, as descriptor: MemoryDescriptor
  ) throws(EngineError) -> Location {
    for known in locations[value] ?? [] {
      if let view = known.viewed(as: descriptor) { return view }
    }
    if let pixels = pendingPixels(of: value) {
      let place = newLocation(try plainFloats(like: descriptor, extent(of: value)))
      try emitPixels(pixels, to: place)
      set(value, place)
      return try location(of: value, as: descriptor)
    }
    let copy = newLocation(descriptor)
    try emitReorder(
      from: try location(of: value), to: copy, layers: graph.operations[current].layers.suffix(1))
    set(value, copy)
    return copy
  }

  /// The layout `wanted` in float32 if it is a plain one, NHWC otherwise.
  private func plainFloats(
    like wanted: MemoryDescriptor, _ extent: Extent
  ) throws(EngineError) -> MemoryDescriptor {
    guard wanted.plainStrides != nil, var layout = BlockedLayout(wanted) else {
      return try .map(batch, extent)
    }
    layout.type = .float32
    return try layout.descriptor(for: extent)
  }

  /// How `value` is made of the caller's pixels, where that is all there is to it and it has not been done so far.
  func pendingPixels(of value: ValueID) -> PendingPixels? {
    guard locations[value] == nil, let operation = computed(value) else { return nil }
    switch operation.kind {
    case .input(let preprocessing):
      return PendingPixels(layers: operation.layers, preprocessing: preprocessing)
    case .affine(let affine)
    where operation.epilogue.isEmpty && operation.extent.channels <= PendingPixels.most:
      guard let input = computed(operation.inputs[0]), case .input(let preprocessing) = input.kind else {
        return nil
      }
      return PendingPixels(
        layers: input.layers + operation.layers, preprocessing: preprocessing, affine: affine)
    default: return nil
    }
  }

  /// The operation of `value`, if it is the current one or was before.
  private func computed(_ value: ValueID) -> LoweredOperation? {
    graph.operations[...current].first { $0.id == value }
  }

  /// Whether the operation being emitted may write its result over `value`, of which this is the last use.
  func canOverwrite(_ value: ValueID, at location: Location) -> Bool {
    guard case .arena = location.buffer else { return false }
    let neighbours = residents[slices.whole(of: location.buffer)] ?? []
    return neighbours.allSatisfy { (lastUses[$0] ?? -1) <= current }
  }

  /// Whether `value`, or a copy of it, lies in `buffer`, in a stretch of it, or in what it is a stretch of.
  func lies(_ value: ValueID, in buffer: BufferID) -> Bool {
    (locations[value] ?? []).contains { slices.whole(of: $0.buffer) == slices.whole(of: buffer) }
  }

  mutating func append(_ step: Step) { steps.append(step) }

  /// A primitive with its scratchpad.
  mutating func emit(
    _ descriptor: PrimitiveDescriptor, layers: [String], _ operands: [(Argument, Location)],
    floatingPointOperations: Int = 0
  ) throws(EngineError) {
    var operands = operands.map { Operand(argument: $0.0, buffer: $0.1.buffer, descriptor: $0.1.descriptor) }
    if let scratchpad = descriptor.scratchpad {
      let place = newLocation(scratchpad)
      operands.append(
        Operand(argument: .scratchpad, buffer: place.buffer, descriptor: scratchpad))
    }
    append(
      Step(
        layers: layers, action: .primitive(try descriptor.primitive()), operands: operands,
        floatingPointOperations: floatingPointOperations))
  }

  /// A step of our own.
  mutating func emit(
    _ kernel: some HostKernel, layers: [String], _ places: [Location], floatingPointOperations: Int = 0
  ) {
    let operands = places.map { Operand(argument: nil, buffer: $0.buffer, descriptor: $0.descriptor) }
    append(
      Step(
        layers: layers, action: .kernel(kernel), operands: operands,
        floatingPointOperations: floatingPointOperations))
  }

  /// Makes the steps from number `first` on the parts of one thing.
  mutating func join(stepsFrom first: Int, as name: String, floatingPointOperations: Int) {
    for index in steps.indices.dropFirst(first) { steps[index].whole = name }
    if first < steps.count { steps[first].floatingPointOperations = floatingPointOperations }
  }

  mutating func emitReorder(
    from source: Location, to target: Location, layers: some Sequence<String>
  ) throws(EngineError) {
    let descriptor = try PrimitiveDescriptor.reorder(
      from: source.descriptor, to: target.descriptor, on: device)
    try emit(descriptor, layers: Array(layers), [(.source, source), (.destination, target)])
  }
}

extension Location {
  /// The same bytes read as `target`, where that gives the same tensor.
  func viewed(as target: MemoryDescriptor) -> Location? {
    if target.isAny || descriptor == target { return self }
    guard let mine = BlockedLayout(descriptor), let other = BlockedLayout(target),
      mine.extent == other.extent,
      mine.type == other.type
    else { return nil }
    // Of one pixel all layouts without padding are the same.
    let same = mine.extent.size == Size2D(1) && mine.isDense && other.isDense
    guard same || mine == other else { return nil }
    return Location(buffer: buffer, descriptor: target)
  }
}

extension BlockedLayout {
  /// Whether there is nothing between the pixels nor behind the channels.
  var isDense: Bool { !isPadded && batchStride == extent.elementCount }

  /// Whether the last block reaches beyond the channels.
  var isPadded: Bool { blockCount * block != extent.channels }
}
