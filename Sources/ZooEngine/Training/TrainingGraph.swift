import ZooGraph
import ZooSystem

/// The layers of a network above a cut, ready to be trained: forward with what the backward pass needs kept,
/// backward to the gradients of the trainable weights.
///
/// The layers below the cut belong on an ``Engine``, whose outputs at ``TrainingSplit/boundary`` are what a
/// forward pass takes. Owned by one thread at a time.
public final class TrainingGraph {
  /// The whole network.
  public let graph: ResolvedGraph
  /// Which part of it is trained.
  public let split: TrainingSplit
  /// The shape of each input for one picture, in the order of the split's boundary.
  public let inputShapes: [Shape]
  /// The last function of the network where it is a softmax or a sigmoid. It is not applied: ``forward`` gives
  /// what goes into it, and the loss does both in one.
  public let outputActivation: ActivationFunction
  /// The trainable weights, in the graph's order.
  public let trainable: [WeightName]
  /// To compute with.
  public let threads: Int

  private let store: ParameterStore
  private let device: OneDNN
  private let seed: UInt64
  private var programs: [ProgramKey: TrainingProgram] = [:]
  private var runners: [ProgramKey: TrainingRunner] = [:]
  private var arena: AlignedBuffer?
  /// Whose values the arena holds.
  private var forwarded: TrainingRunner?
  /// Of the last backward pass.
  private var observedGradient: AlignedBuffer?

  private struct ProgramKey: Hashable {
    var count: Int
    var use: TrainingProgram.Use
  }

  /// How a forward pass treats dropout and batch statistics.
  public enum Mode: Sendable, Equatable {
    /// `step` counts the steps of a run; with the run's seed it decides what dropout drops.
    case training(step: Int)
    /// As when predicting.
    case inference
    /// As inference, with what the backward pass needs kept.
    case observing

    fileprivate var use: TrainingProgram.Use {
      switch self {
      case .training: .training
      case .inference: .inference
      case .observing: .observing
      }
    }
  }

  /// - Parameters:
  ///   - weights: read at once, for the layers above the cut only.
  ///   - seed: of dropout.
  ///   - threads: how many a pass uses, `nil` for one per CPU. The last bits of gradients depend on it.
  /// - Throws: `EngineError` for weights that are missing or of another size, and where memory does not
  ///   suffice.
  public init(
    _ graph: ResolvedGraph, _ split: TrainingSplit, weights: some WeightSource, seed: UInt64 = 0,
    threads: Int? = nil
  ) throws(EngineError) {
    let threads = threads ?? Threads.count
    guard (1...1_024).contains(threads) else {
      throw EngineError("the number of threads must be between 1 and 1024, found \(threads)")
    }
    self.graph = graph
    self.split = split
    self.seed = seed
    self.threads = threads
    device = try OneDNN.shared()
    store = try ParameterStore(graph, split, weights, on: device)
    trainable = store.parameters.filter { $0.gradient != nil }.map(\.name)
    inputShapes = split.boundary.compactMap { name in graph.index(of: name).map { graph.entries[$0].shape } }
    outputActivation = graph.outputActivation
  }

  /// Runs the layers above the cut.
  ///
  /// - Parameters:
  ///   - count: how many pictures.
  ///   - fill: writes the outputs of a layer of the boundary, given by its number: count × its shape, NHWC.
  /// - Returns: count × the output's shape, before ``outputActivation``.
  /// - Throws: `EngineError` where memory does not suffice, and what `fill` throws.
  public func forward(
    count: Int, mode: Mode,
    fill: (Int, UnsafeMutableBufferPointer<Float>) throws(EngineError) -> Void
  ) throws(EngineError) -> [Float] {
    try check(count: count)
    let use = mode.use
    return try OpenMP.with(threads: threads) { () throws(EngineError) in
      let runner = try self.runner(ProgramKey(count: count, use: use))
      let ends = runner.program.ends
      for (number, buffer) in ends.inputs.enumerated() { try fill(number, buffer.floats) }
      if case .training(let step) = mode { set(ends.clock, step: step) }
      try runner.runForward(store)
      if use == .training { for index in movingStatistics { store.markChanged(index) } }
      forwarded = use.hasGradients ? runner : nil
      observedGradient = nil
      return Array(ends.output.floats)
    }
  }

  /// As ``forward(count:mode:fill:)``, with the outputs of the layers of the boundary in arrays.
  ///
  /// - Throws: `EngineError` when an input has another size, or memory does not suffice.
  public func forward(_ inputs: [[Float]], count: Int, mode: Mode) throws(EngineError) -> [Float] {
    guard inputs.count == inputShapes.count else {
      throw EngineError("there are \(inputShapes.count) inputs, found \(inputs.count)")
    }
    return try forward(count: count, mode: mode) { number, buffer throws(EngineError) in
      guard inputs[number].count == buffer.count else {
        throw EngineError(
          layer: split.boundary[number],
          "\(count) outputs of \(inputShapes[number]) have \(buffer.count) values, found \(inputs[number].count)"
        )
      }
      _ = buffer.update(fromContentsOf: inputs[number])
    }
  }

  /// Computes the gradients of the trainable weights, and of what is observed, for the last forward pass.
  ///
  /// - Parameter outputGradient: of the loss with respect to what ``forward`` gave.
  /// - Throws: `EngineError` when no forward pass that keeps what this needs went before.
  public func backward(_ outputGradient: [Float]) throws(EngineError) {
    guard let runner = forwarded else {
      throw EngineError("there is no forward pass in training or observing mode to go back through")
    }
    let buffer = runner.program.ends.outputGradient.floats
    guard outputGradient.count == buffer.count else {
      throw EngineError(
        "the output's gradient should have \(buffer.count) values, found \(outputGradient.count)")
    }
    _ = buffer.update(fromContentsOf: outputGradient)
    forwarded = nil
    observedGradient = runner.program.ends.observedGradient
    try OpenMP.with(threads: threads) { () throws(EngineError) in try runner.runBackward() }
  }

  /// The gradient, after a backward pass, of what ``TrainingSplit/observed`` gives: count × its shape, NHWC.
  ///
  /// - Throws: `EngineError` when nothing is observed, or no backward pass went before.
  public func gradientOfObserved() throws(EngineError) -> [Float] {
    guard let observedGradient else { throw EngineError("there is no gradient of a layer's output to see") }
    return Array(observedGradient.floats)
  }

  /// Bytes that a training step of `count` pictures takes for activations, weights and gradients.
  ///
  /// - Throws: `EngineError` when the batch is too large to be planned.
  public func memory(forBatch count: Int) throws(EngineError) -> Int {
    try check(count: count)
    return try OpenMP.with(threads: threads) { () throws(EngineError) in
      let arena = try program(ProgramKey(count: count, use: .training)).arena.byteCount
      return arena + store.byteCount
    }
  }

  // MARK: Programs

  private func program(_ key: ProgramKey) throws(EngineError) -> TrainingProgram {
    if let known = programs[key] { return known }
    let builder = try TrainingBuilder(
      graph, split, batch: key.count, for: key.use, store: store, on: device)
    let program = try builder.build()
    programs[key] = program
    return program
  }

  /// All programs share one arena, so a larger one makes the others bind themselves again.
  private func runner(_ key: ProgramKey) throws(EngineError) -> TrainingRunner {
    if let known = runners[key] { return known }
    let program = try self.program(key)
    if arena.map({ $0.byteCount < program.arena.byteCount }) ?? true {
      runners = [:]
      arena = nil
      arena = try AlignedBuffer(byteCount: program.arena.byteCount)
    }
    guard let arena else { throw EngineError("there is no memory to train in") }
    let runner = try TrainingRunner(program, arena: arena, threads: threads, on: device)
    runners[key] = runner
    return runner
  }

  private func check(count: Int) throws(EngineError) {
    guard (1...65_536).contains(count) else {
      throw EngineError("a batch must have 1 to 65536 pictures, found \(count)")
    }
  }

  private func set(_ clock: AlignedBuffer, step: Int) {
    let numbers = clock.address.bindMemory(to: UInt64.self, capacity: 2)
    numbers[0] = seed
    numbers[1] = UInt64(bitPattern: Int64(step))
  }

  /// The weights that a forward pass in training mode changes.
  private var movingStatistics: [Int] {
    store.parameters.indices.filter {
      let parameter = store.parameters[$0]
      return split.batchStatistics.contains(parameter.name.layer) && !parameter.role.isTrained
    }
  }
}

// MARK: Weights

extension TrainingGraph: WeightSource {
  /// The weights above the cut, in the graph's order: the trainable ones and the others.
  public var weightNames: [WeightName] { store.parameters.map(\.name) }

  /// What each of the trainable weights does, in their order.
  public var trainableRoles: [WeightRole] {
    store.parameters.filter { $0.gradient != nil }.map(\.role)
  }

  /// The weights that training changes: by gradient descent, or as moving statistics.
  public var changingWeights: [WeightName] {
    let moving = Set(movingStatistics)
    return store.parameters.indices
      .filter { split.trainable.contains(store.parameters[$0].name) || moving.contains($0) }
      .map { store.parameters[$0].name }
  }

  /// Keras' shape of a weight above the cut.
  public func shape(of weight: WeightName) throws(EngineError) -> [Int] {
    store.parameters[try store.index(of: weight)].shape
  }

  /// The present values of a weight above the cut.
  public func withWeight<Result>(
    layer: String, weight: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    let index = try store.index(of: WeightName(layer, weight))
    return try body(UnsafeBufferPointer(store.parameters[index].values.floats))
  }

  /// The present values of a weight above the cut, in Keras' layout.
  public func values(of weight: WeightName) throws(EngineError) -> [Float] {
    Array(store.parameters[try store.index(of: weight)].values.floats)
  }

  /// Replaces the values of a weight above the cut.
  ///
  /// - Throws: `EngineError` when there is no such weight, or it has another number of values.
  public func setValues(_ values: [Float], of weight: WeightName) throws(EngineError) {
    let index = try store.index(of: weight)
    let target = store.parameters[index].values.floats
    guard values.count == target.count else {
      throw EngineError(
        layer: weight.layer,
        "the weight '\(weight.weight)' should have \(target.count) values, found \(values.count)")
    }
    _ = target.update(fromContentsOf: values)
    store.markChanged(index)
  }

  /// The gradient of a trainable weight after a backward pass, in Keras' layout.
  public func gradient(of weight: WeightName) throws(EngineError) -> [Float] {
    guard let gradient = store.parameters[try store.index(of: weight)].gradient else {
      throw EngineError(layer: weight.layer, "'\(weight.weight)' is not trainable")
    }
    return Array(gradient.floats)
  }

  /// Lets an optimizer change the trainable weights in place, one after the other in the order of
  /// ``trainable``: number, values, gradient.
  public func update(
    _ body: (Int, UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    var number = 0
    for (index, parameter) in store.parameters.enumerated() {
      guard let gradient = parameter.gradient else { continue }
      body(number, parameter.values.floats, gradient.floats)
      store.markChanged(index)
      number += 1
    }
  }

  /// Has the threads of this graph do a part each of `count` things, independent of each other.
  public func share(_ count: Int, _ body: (Range<Int>) -> Void) {
    OpenMP.parallel(threads: threads) { body($0.range(of: count)) }
  }
}
