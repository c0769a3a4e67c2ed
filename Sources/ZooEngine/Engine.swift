import Synchronization
import ZooGraph
import ZooSystem

/// A network that is ready to run: lowered, fused, planned, its weights packed. Immutable; any number of
/// threads may run it at the same time.
public final class Engine: Sendable {
  /// The names of the layers whose outputs a run gives.
  public let outputs: [String]
  /// The shape of one picture: height × width × channels.
  public let inputShape: Shape
  /// The shape of each output for one picture.
  public let outputShapes: [Shape]
  /// The number of threads a run uses.
  public let threads: Int
  /// The multiplications and additions that convolutions and matrix products need for one picture.
  public let floatingPointOperations: Int

  /// All threads on one picture, or a few.
  private let together: Runner?
  /// One thread on a few pictures, which so reads the kernels less often.
  private let several: Runner?
  /// One thread on one picture.
  private let single: Runner?
  private let pace = Mutex(Pace())

  /// Compiles `graph`.
  ///
  /// - Parameters:
  ///   - weights: read once, layer by layer; the engine keeps its own packed copy.
  ///   - outputs: the layers whose outputs are wanted; by default the graph's output.
  ///   - maximumBatch: the largest number of pictures usually given to a run, by which the ways to run them are
  ///     chosen. More are welcome.
  ///   - preprocessing: what the network expects; runs then take raw pixels 0…255.
  /// - Throws: `EngineError` for an unknown output, weights that are missing or of another size, a precision
  ///   that the processor does not have, and where memory does not suffice.
  public init(
    _ graph: ResolvedGraph, weights: some WeightSource, outputs: [String]? = nil, maximumBatch: Int = 16,
    preprocessing: Preprocessing = .none, options: EngineOptions = EngineOptions()
  ) throws(EngineError) {
    guard (1...65_536).contains(maximumBatch) else {
      throw EngineError("the maximum batch must be between 1 and 65536, found \(maximumBatch)")
    }
    let threads = options.threads ?? Threads.count
    guard (1...1_024).contains(threads) else {
      throw EngineError("the number of threads must be between 1 and 1024, found \(threads)")
    }
    guard options.precision.isSupported else {
      throw EngineError("this processor has no bfloat16 instructions (AVX512-BF16); use float32")
    }
    let names = outputs ?? [graph.entries[graph.outputIndex].node.name]
    guard !names.isEmpty else { throw EngineError("no output was asked for") }
    let lowered = try LoweredGraph.lowered(graph, outputs: names, preprocessing: preprocessing).fused()

    self.threads = threads
    workers = WorkerPool(helpers: threads - 1)
    self.outputs = names
    inputShape = graph.inputShape
    outputShapes = names.compactMap { name in graph.index(of: name).map { graph.entries[$0].shape } }
    floatingPointOperations = lowered.floatingPointOperations
    let device = try OneDNN.shared()
    let store = try WeightStore(weights, threads: threads, on: device)
    let ways = Ways(graph, maximumBatch: maximumBatch, threads: threads)
    let choices = ConvolutionChoices(areShared: ways.count > 1)
    func plan(_ batch: Int, threads: Int) throws(EngineError) -> Plan? {
      guard batch > 0 else { return nil }
      return try OpenMP.with(threads: threads) { () throws(EngineError) in
        try PlanBuilder(
          lowered, batch: batch, threads: threads, options: options, weights: store, choices: choices,
          on: device
        ).build()
      }
    }
    // The first one chooses the implementations.
    let together = try plan(ways.together, threads: threads)
    let several = try plan(ways.several, threads: 1)
    let single = try plan(ways.single, threads: 1)
    let workspaces = try Workspaces(for: [together, several, single].compactMap { $0 }, on: device)
    self.together = together.map { Runner($0, in: workspaces) }
    self.several = several.map { Runner($0, in: workspaces) }
    self.single = single.map { Runner($0, in: workspaces) }
  }

  /// Runs the network on `count` pictures.
  ///
  /// - Parameters:
  ///   - pixels: float32, count × height × width × channels; raw pixels 0…255 if the engine preprocesses.
  ///   - results: for each output float32 values in row-major order, count × its shape.
  /// - Throws: `EngineError` when a buffer has another size, or memory does not suffice.
  public func run(
    _ pixels: UnsafeBufferPointer<Float>, count: Int, into results: [UnsafeMutableBufferPointer<Float>]
  ) throws(EngineError) {
    guard count > 0 else { return }
    let pictures = try Pictures(self, pixels, count, results)
    guard threads > 1 else { return try inParts(pictures, 0..<count) }
    let outcome = turns.withLock { _ in
      Result { () throws(EngineError) in try inTurn(pictures, count) }
    }
    try outcome.get()
  }

  /// The workers do one run at a time.
  private let turns = Mutex<Void>(())
  private let workers: WorkerPool

  /// With one thread: a few pictures at once as long as there are.
  private func inParts(_ pictures: Pictures, _ range: Range<Int>) throws(EngineError) {
    var rest = range
    for runner in [several, single] {
      if let runner { rest = try runner.run(pictures, rest) }
    }
  }

  /// With all threads: in batches that they work on together, or side by side, whichever is the faster at the time.
  private func inTurn(_ pictures: Pictures, _ count: Int) throws(EngineError) {
    guard let together else { return try sideBySide(pictures, 0..<count) }
    guard single != nil else {
      _ = try together.run(pictures, 0..<count)
      return
    }
    let even = together.batch > 1 ? 0 : count / threads * threads
    try sideBySide(pictures, 0..<even)
    // So many that both ways give every thread something to do.
    let group = together.batch > 1 ? (threads + together.batch - 1) / together.batch * together.batch : 1
    for first in stride(from: even, to: count, by: group) {
      let range = first..<min(first + group, count)
      let way = range.count < group ? .allThreads : pace.withLock { $0.next }
      let start = Clock.milliseconds()
      let rest = way == .allThreads ? try together.run(pictures, range) : range
      try sideBySide(pictures, rest)
      guard range.count == group else { break }
      pace.withLock { $0.note(way, milliseconds: Clock.milliseconds() - start) }
    }
  }

  /// As many pictures as can be shared evenly run side by side, one thread each, which needs no barriers; the
  /// others run one after the other.
  private func sideBySide(_ pictures: Pictures, _ range: Range<Int>) throws(EngineError) {
    var rest = range
    for runner in [several, single] {
      if let runner { rest = try runner.share(pictures, rest, among: workers) }
    }
    try inParts(pictures, rest)
  }

  /// Runs the network on one picture, with all threads if the engine is made for single pictures, and
  /// measures each operation.
  ///
  /// - Parameter pixels: float32, height × width × channels.
  /// - Returns: the operations in the order in which they run.
  /// - Throws: as ``run(_:count:into:)``.
  public func profile(_ pixels: [Float], repetitions: Int = 10) throws(EngineError) -> [OperationProfile] {
    let runner = [together, single].compactMap { $0 }.first { $0.batch == 1 }
    let results = outputShapes.map { shape in
      UnsafeMutableBufferPointer<Float>.allocate(capacity: shape.elementCount ?? 0)
    }
    defer { for result in results { result.deallocate() } }
    return try pixels.withBuffer { pixels throws(EngineError) in
      let picture = try Pictures(self, pixels, 1, results)
      let outcome = turns.withLock { _ in
        Result { () throws(EngineError) in
          try runner?.profile(picture, repetitions: repetitions) ?? []
        }
      }
      return try outcome.get()
    }
  }
}
