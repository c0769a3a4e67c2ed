import ZooGraph

/// Turns the layers above the cut into steps for one batch size: forward, and for training backward.
///
/// Each kind of operation emits its forward steps and leaves behind, on a tape, how its backward ones are emitted. Gradients flow only to values on which trainable weights have an influence.
struct TrainingBuilder {
  typealias Backward = (inout TrainingBuilder, Location) throws(EngineError) -> Void

  /// A tensor between two layers.
  struct Value {
    var extent: Extent
    /// Where it was computed, then its copies in other layouts.
    var locations: [Location]
    var needsGradient: Bool
    /// Whether nobody wants to see it again behind its only user.
    var isOverwritable: Bool
    /// What its users contributed to its gradient.
    var gradients: [Location] = []
  }

  let device: OneDNN
  let graph: LoweredGraph
  /// The layers' values at the boundary, and the output's.
  private let boundary: [ValueID]
  private let outputValue: ValueID
  let split: TrainingSplit
  let batch: Int
  let use: TrainingProgram.Use
  /// What the forward steps are for.
  var pass: Pass { use.hasGradients ? .training : .inference }
  let store: ParameterStore
  /// The program's own buffers: see ``TrainingProgram``.
  let ends: TrainingProgram.Ends

  private(set) var values: [Value] = []
  /// The value here of each one of the lowered graph.
  private var results: [ValueID: ValueID] = [:]
  private var tape: [(value: ValueID, layer: String, backward: Backward)] = []
  private var steps: [Step] = []
  private var bufferSizes: [Int] = []
  private var constants: [AlignedBuffer] = []
  private var kernels: [PackedKernel] = []
  /// The layer whose steps are being emitted.
  private(set) var current = ""
  private let useCounts: [ValueID: Int]
  private let shapes: [ValueID: Shape]
  /// The parameters whose gradient has been computed for one use, and what other uses contribute.
  private var haveGradient: Set<Int> = []
  private var contributions: [(gradient: Location, share: Location)] = []

  init(
    _ graph: ResolvedGraph, _ split: TrainingSplit, batch: Int, for use: TrainingProgram.Use,
    store: ParameterStore,
    on device: OneDNN
  ) throws(EngineError) {
    self.device = device
    let lowered = try LoweredGraph.lowered(
      graph, outputs: split.boundary + [graph.graph.output], preprocessing: .none)
    self.graph = lowered
    boundary = Array(lowered.outputs.dropLast())
    outputValue = lowered.outputs[lowered.outputs.count - 1]
    self.split = split
    self.batch = batch
    self.use = use
    self.store = store
    ends = try TrainingProgram.Ends(graph, split, batch: batch)
    useCounts = lowered.useCounts
    shapes = Dictionary(uniqueKeysWithValues: lowered.operations.map { ($0.id, $0.shape) })
  }

  /// - Throws: `EngineError` that names the layer at fault.
  consuming func build() throws(EngineError) -> TrainingProgram {
    for (number, value) in boundary.enumerated() {
      let extent = Extent(shapes[value] ?? Shape([]))
      let place = constant(ends.inputs[number], try .map(batch, extent))
      results[value] = newValue(extent, at: place, needsGradient: split.boundary[number] == split.observed)
    }
    let active = Set(split.active)
    for operation in graph.operations where active.contains(operation.layers[0]) {
      try at(operation.layers[0]) { builder throws(EngineError) in try builder.emit(operation) }
    }
    guard let output = results[outputValue] else { throw EngineError("nothing is to be trained") }
    let plain = try MemoryDescriptor.map(batch, values[output].extent)
    try emitReorder(from: try location(of: output), to: constant(ends.output, plain))
    let forwardCount = steps.count
    if use.hasGradients {
      addGradient(constant(ends.outputGradient, plain), to: output)
      try emitBackward()
      try emitObservedGradient()
    }
    return TrainingProgram(
      batch: batch, steps: steps, forwardCount: forwardCount, arena: try ArenaPlan(lifetimes()),
      constants: constants, kernels: kernels, ends: ends)
  }

  private mutating func emit(_ operation: LoweredOperation) throws(EngineError) {
    let result = try emit(
      operation, inputs: operation.inputs.compactMap { results[$0] },
      shapes: operation.inputs.compactMap { shapes[$0] },
      isOutput: operation.id == outputValue)
    if useCounts[operation.id] != 1 { values[result].isOverwritable = false }
    results[operation.id] = result
  }

  private mutating func emitBackward() throws(EngineError) {
    for (value, layer, backward) in tape.reversed() {
      try at(layer) { builder throws(EngineError) in
        guard let gradient = try builder.gradient(of: value) else { return }
        try backward(&builder, gradient)
        builder.emitContributions()
      }
    }
  }

  /// Brings the gradient of what is observed to where it is read.
  private mutating func emitObservedGradient() throws(EngineError) {
    guard let buffer = ends.observedGradient,
      let number = split.boundary.firstIndex(where: { $0 == split.observed }),
      let value = results[boundary[number]], let gradient = try gradient(of: value)
    else { return }
    try emitReorder(from: gradient, to: constant(buffer, try plain(value)))
  }

  private mutating func at(
    _ layer: String, _ body: (inout TrainingBuilder) throws(EngineError) -> Void
  ) throws(EngineError) {
    current = layer
    do throws(EngineError) { try body(&self) } catch { throw error.at(layer) }
  }

  /// First and last step of each buffer.
  private func lifetimes() -> [Lifetime] {
    var lifetimes = bufferSizes.map { Lifetime(byteCount: $0, first: .max, last: -1) }
    for (index, step) in steps.enumerated() {
      for operand in step.operands {
        guard case .arena(let number) = operand.buffer else { continue }
        lifetimes[number].first = min(lifetimes[number].first, index)
        lifetimes[number].last = max(lifetimes[number].last, index)
      }
    }
    return lifetimes
  }
}

// MARK: Values

extension TrainingBuilder {
  mutating func newValue(
    _ extent: Extent, at location: Location, needsGradient: Bool, isOverwritable: Bool = false
  ) -> ValueID {
    values.append(
      Value(
        extent: extent, locations: [location], needsGradient: needsGradient && use.hasGradients,
        isOverwritable: isOverwritable))
    return values.count - 1
  }

  /// Where `value` was computed.
  func location(of value: ValueID) throws(EngineError) -> Location {
    guard let location = values[value].locations.first else { throw EngineError("a value is nowhere") }
    return location
  }

  /// `value` in the layout `descriptor`, copied there if it is not yet.
  mutating func location(
    of value: ValueID, as descriptor: MemoryDescriptor
  ) throws(EngineError) -> Location {
    for known in values[value].locations {
      if let view = known.viewed(as: descriptor) { return view }
    }
    let copy = newLocation(descriptor)
    try emitReorder(from: try location(of: value), to: copy)
    values[value].locations.append(copy)
    return copy
  }

  /// A tensor in the layout `descriptor`, copied there if it is not.
  mutating func converted(_ location: Location, to descriptor: MemoryDescriptor) throws(EngineError)
    -> Location
  {
    if let view = location.viewed(as: descriptor) { return view }
    let copy = newLocation(descriptor)
    try emitReorder(from: location, to: copy)
    return copy
  }

  /// The dense NHWC layout of `value`.
  func plain(_ value: ValueID) throws(EngineError) -> MemoryDescriptor {
    try .map(batch, values[value].extent)
  }

  /// A new buffer for a tensor that lies as `descriptor` says.
  mutating func newLocation(_ descriptor: MemoryDescriptor) -> Location {
    bufferSizes.append(descriptor.byteCount)
    return Location(buffer: .arena(bufferSizes.count - 1), descriptor: descriptor)
  }

  /// The place for a result of the same layout as `value`, which it may overwrite.
  mutating func placeLike(_ value: ValueID) throws(EngineError) -> Location {
    let input = try location(of: value)
    guard case .arena = input.buffer, values[value].isOverwritable, values[value].locations.count == 1 else {
      return newLocation(input.descriptor)
    }
    return input
  }

  mutating func constant(_ buffer: AlignedBuffer, _ descriptor: MemoryDescriptor) -> Location {
    constants.append(buffer)
    return Location(buffer: .constant(constants.count - 1), descriptor: descriptor)
  }
}

// MARK: Gradients

extension TrainingBuilder {
  /// Notes down what is to be emitted once the gradient of `value` is known.
  mutating func onBackward(of value: ValueID, _ backward: @escaping Backward) {
    guard values[value].needsGradient else { return }
    tape.append((value, current, backward))
  }

  func needsGradient(_ value: ValueID) -> Bool { values[value].needsGradient }

  /// One user's share of the gradient of `value`.
  mutating func addGradient(_ gradient: Location, to value: ValueID) {
    guard values[value].needsGradient else { return }
    values[value].gradients.append(gradient)
  }

  /// The sum of all shares, or `nil` when there is none.
  private mutating func gradient(of value: ValueID) throws(EngineError) -> Location? {
    let shares = values[value].gradients
    guard let first = shares.first, shares.count > 1 else { return shares.first }
    var sources: [Location] = []
    for share in shares { sources.append(try converted(share, to: first.descriptor)) }
    return try emitSum(sources)
  }
}

// MARK: Weights

extension TrainingBuilder {
  func parameter(_ layer: String, _ weight: String) throws(EngineError) -> Int {
    try store.index(of: WeightName(layer, weight))
  }

  func isTrained(_ parameter: Int) -> Bool { store.parameters[parameter].gradient != nil }

  /// One value per channel.
  mutating func vector(_ parameter: Int) throws(EngineError) -> Location {
    let values = store.parameters[parameter].values
    return constant(values, try .vector(values.byteCount / 4))
  }

  mutating func kernel(
    _ parameter: Int, plain: MemoryDescriptor, as target: MemoryDescriptor
  ) throws(EngineError) -> Location {
    let kernel = try store.kernel(parameter, plain: plain, as: target)
    if !kernels.contains(where: { $0 === kernel }) { kernels.append(kernel) }
    return constant(kernel.buffer, target)
  }

  /// Where the gradient of a vector goes; somewhere unseen if the vector is not trained.
  mutating func vectorGradient(_ parameter: Int) throws(EngineError) -> Location {
    let descriptor = try MemoryDescriptor.vector(store.parameters[parameter].values.byteCount / 4)
    return gradientPlace(parameter, descriptor) ?? newLocation(descriptor)
  }

  /// Where one use's share in the gradient of a parameter goes; `nil` if it is not trained. Shares of further uses are
  /// added to the first one's.
  private mutating func gradientPlace(_ parameter: Int, _ descriptor: MemoryDescriptor) -> Location? {
    guard let gradient = store.parameters[parameter].gradient else { return nil }
    let place = constant(gradient, descriptor)
    guard !haveGradient.insert(parameter).inserted else { return place }
    let share = newLocation(descriptor)
    contributions.append((place, share))
    return share
  }

  private mutating func emitContributions() {
    for (gradient, share) in contributions {
      emit(AccumulateKernel(count: share.descriptor.byteCount / 4), [gradient, share])
    }
    contributions = []
  }

  /// Has `emit` compute the gradient of a parameter that lies as Keras has it.
  mutating func emitVectorGradient(
    _ parameter: Int, _ emit: (inout TrainingBuilder, Location) throws(EngineError) -> Void
  ) throws(EngineError) {
    guard isTrained(parameter) else { return }
    try emit(&self, try vectorGradient(parameter))
  }

  /// Has `emit` compute a kernel's gradient in the layout of a primitive, and brings it into Keras'.
  mutating func emitKernelGradient(
    _ parameter: Int, as layout: MemoryDescriptor, plain: MemoryDescriptor,
    _ emit: (inout TrainingBuilder, Location) throws(EngineError) -> Void
  ) throws(EngineError) {
    let result = gradientPlace(parameter, plain)
    if let result, layout == plain { return try emit(&self, result) }
    let place = newLocation(layout)
    try emit(&self, place)
    if let result { try emitReorder(from: place, to: result) }
  }
}

/// Adds one tensor to another.
private struct AccumulateKernel: HostKernel {
  let count: Int

  var name: String { "swift:accumulate" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (sum, summand) = (addresses[0].floats(), addresses[1].floats())
    for index in share.range(of: count) { sum[index] += summand[index] }
  }
}

// MARK: Steps

extension TrainingBuilder: StepBuilder {
  mutating func step(
    _ descriptor: PrimitiveDescriptor, _ operands: [(Argument, Location)]
  ) throws(EngineError) {
    try emit(descriptor, operands)
  }

  mutating func step(_ kernel: some HostKernel, _ places: [Location]) { emit(kernel, places) }
}

extension TrainingBuilder {
  /// A primitive with its scratchpad.
  mutating func emit(
    _ descriptor: PrimitiveDescriptor, _ operands: [(Argument, Location)]
  ) throws(EngineError) {
    var operands = operands.map { Operand(argument: $0.0, buffer: $0.1.buffer, descriptor: $0.1.descriptor) }
    if let scratchpad = descriptor.scratchpad {
      let place = newLocation(scratchpad)
      operands.append(
        Operand(argument: .scratchpad, buffer: place.buffer, descriptor: scratchpad))
    }
    steps.append(
      Step(layers: [current], action: .primitive(try descriptor.primitive()), operands: operands))
  }

  /// A step of our own.
  mutating func emit(_ kernel: some HostKernel, _ places: [Location]) {
    let operands = places.map { Operand(argument: nil, buffer: $0.buffer, descriptor: $0.descriptor) }
    steps.append(Step(layers: [current], action: .kernel(kernel), operands: operands))
  }

  mutating func emitReorder(from source: Location, to target: Location) throws(EngineError) {
    let descriptor = try PrimitiveDescriptor.reorder(
      from: source.descriptor, to: target.descriptor, on: device)
    try emit(descriptor, [(.source, source), (.destination, target)])
  }

  /// The sum of tensors that lie in one layout.
  mutating func emitSum(_ sources: [Location]) throws(EngineError) -> Location {
    let target = newLocation(sources[0].descriptor)
    let descriptor = try PrimitiveDescriptor.sum(
      of: sources.map(\.descriptor), into: target.descriptor, on: device)
    let arguments = sources.enumerated().map { (Argument.source($0), $1) }
    try emit(descriptor, arguments + [(.destination, target)])
    return target
  }

  /// The product of two tensors that lie in one layout.
  mutating func emitProduct(_ first: Location, _ second: Location) throws(EngineError) -> Location {
    let target = newLocation(first.descriptor)
    let descriptor = try PrimitiveDescriptor.best(
      .binary(.multiply, first.descriptor, second.descriptor, destination: target.descriptor), Attributes(),
      on: device, for: "multiply two maps")
    try emit(descriptor, [(.first, first), (.second, second), (.destination, target)])
    return target
  }
}
