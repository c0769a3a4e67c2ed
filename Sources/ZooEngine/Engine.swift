import Glibc
import Synchronization
import ZooGraph

/// A network that is ready to run: lowered, fused, planned, its weights packed. Immutable; any number of
/// threads may run it at the same time.
public final class Engine: Sendable {
  /// The names of the layers whose outputs ``run(_:count:into:)`` gives.
  public let outputs: [String]
  /// The shape of one picture: height × width × channels.
  public let inputShape: Shape
  /// The shape of each output for one picture.
  public let outputShapes: [Shape]
  /// The number of threads a run uses.
  public let threads: Int

  private let device: OneDNN
  private let single: Plan
  private let idle = Mutex<[IdleSession]>([])

  /// Compiles `graph`.
  ///
  /// - Parameters:
  ///   - weights: read once, layer by layer; the engine keeps its own packed copy.
  ///   - outputs: the layers whose outputs are wanted; by default the graph's output.
  ///   - maximumBatch: the largest number of pictures usually given to a run. More are taken in turns.
  ///   - preprocessing: what the network expects; runs then take raw RGB pixels 0…255.
  /// - Throws: `EngineError` for an unknown output, weights that are missing or of another size, and where
  ///   memory does not suffice.
  public init(
    _ graph: ResolvedGraph, weights: some WeightSource, outputs: [String]? = nil, maximumBatch: Int = 16,
    preprocessing: Preprocessing = .none, options: EngineOptions = EngineOptions()
  ) throws(EngineError) {
    guard (1...65_536).contains(maximumBatch) else {
      throw EngineError("the maximum batch must be between 1 and 65536, found \(maximumBatch)")
    }
    let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let threads = options.threads ?? processors
    guard (1...1_024).contains(threads) else {
      throw EngineError("the number of threads must be between 1 and 1024, found \(threads)")
    }
    let names = outputs ?? [graph.entries[graph.outputIndex].node.name]
    guard !names.isEmpty else { throw EngineError("no output was asked for") }
    let lowered = try LoweredGraph(graph, outputs: names, preprocessing: preprocessing).fused()

    let device = try OneDNN.shared()
    self.device = device
    self.threads = threads
    self.outputs = names
    inputShape = graph.inputShape
    outputShapes = names.compactMap { name in graph.index(of: name).map { graph.entries[$0].shape } }
    single = try OpenMP.with(threads: threads) { () throws(EngineError) in
      let store = try WeightStore(weights, on: device)
      return try PlanBuilder(lowered, batch: 1, weights: store, on: device).build()
    }
    giveBack(try Session(single, on: device))
  }

  /// Runs the network on `count` pictures.
  ///
  /// - Parameters:
  ///   - pixels: float32, count × height × width × channels; raw RGB 0…255 if the engine preprocesses.
  ///   - results: for each output float32 values in row-major order, count × its shape.
  /// - Throws: `EngineError` when a buffer has another size, or memory does not suffice.
  public func run(
    _ pixels: UnsafeBufferPointer<Float>, count: Int, into results: [UnsafeMutableBufferPointer<Float>]
  ) throws(EngineError) {
    guard count > 0 else { return }
    let (input, targets) = try checked(pixels, count, results)
    let pictureSize = pixels.count / count
    let sizes = results.map { $0.count / count }
    try exclusively { () throws(EngineError) in
      let session = try self.session()
      defer { giveBack(session) }
      for picture in 0..<count {
        let places = zip(targets, sizes).map { $0 + picture * $1 }
        try session.run(input + picture * pictureSize, into: places)
      }
    }
  }

  /// As ``run(_:count:into:)``, with arrays: the results of each output.
  public func run(_ pixels: [Float], count: Int) throws(EngineError) -> [[Float]] {
    var results: [[Float]] = []
    for shape in outputShapes {
      let (size, overflow) = (shape.elementCount ?? .max).multipliedReportingOverflow(by: max(0, count))
      guard !overflow else { throw EngineError("\(count) pictures are too many at once") }
      results.append(Array(repeating: 0, count: size))
    }
    try run(pixels, count, &results, filled: [])
    return results
  }

  /// Opens one array after the other, then runs.
  private func run(
    _ pixels: [Float], _ count: Int, _ results: inout [[Float]],
    filled: [UnsafeMutableBufferPointer<Float>]
  ) throws(EngineError) {
    if filled.count == results.count {
      return try withBuffer(pixels) { pixels throws(EngineError) in
        try run(pixels, count: count, into: filled)
      }
    }
    let index = filled.count
    var current: [Float] = []
    swap(&current, &results[index])
    defer { swap(&current, &results[index]) }
    let outcome = current.withUnsafeMutableBufferPointer { buffer in
      Result { () throws(EngineError) in try run(pixels, count, &results, filled: filled + [buffer]) }
    }
    try outcome.get()
  }

  private func withBuffer(
    _ values: [Float], _ body: (UnsafeBufferPointer<Float>) throws(EngineError) -> Void
  ) throws(EngineError) {
    let outcome = values.withUnsafeBufferPointer { buffer in
      Result { () throws(EngineError) in try body(buffer) }
    }
    try outcome.get()
  }

  private func checked(
    _ pixels: UnsafeBufferPointer<Float>, _ count: Int, _ results: [UnsafeMutableBufferPointer<Float>]
  ) throws(EngineError) -> (UnsafePointer<Float>, [UnsafeMutablePointer<Float>]) {
    let (expected, overflow) = (inputShape.elementCount ?? .max).multipliedReportingOverflow(by: count)
    guard !overflow, pixels.count == expected, let input = pixels.baseAddress else {
      throw EngineError(
        "\(count) pictures of \(inputShape) should have \(overflow ? "fewer" : "\(expected)") values, found \(pixels.count)"
      )
    }
    guard results.count == outputShapes.count else {
      throw EngineError("there are \(outputShapes.count) outputs, but places for \(results.count)")
    }
    var targets: [UnsafeMutablePointer<Float>] = []
    for ((name, shape), result) in zip(zip(outputs, outputShapes), results) {
      let (expected, overflow) = (shape.elementCount ?? .max).multipliedReportingOverflow(by: count)
      guard !overflow, result.count == expected, let address = result.baseAddress else {
        throw EngineError(
          layer: name,
          "\(count) outputs of \(shape) need a place of \(expected) values, found \(result.count)")
      }
      targets.append(address)
    }
    return (input, targets)
  }

  // MARK: Sessions

  /// A session that nobody uses at the moment.
  private struct IdleSession: @unchecked Sendable {
    var session: Session
  }

  /// More threads than one at a time would only get into each other's way.
  private static let turns = Mutex<Void>(())

  private func exclusively(_ body: () throws(EngineError) -> Void) throws(EngineError) {
    guard threads > 1 else { return try OpenMP.with(threads: 1, body) }
    let outcome = Self.turns.withLock { _ in
      Result { () throws(EngineError) in try OpenMP.with(threads: threads, body) }
    }
    try outcome.get()
  }

  private func session() throws(EngineError) -> Session {
    if let known = idle.withLock({ $0.popLast() }) { return known.session }
    return try Session(single, on: device)
  }

  private func giveBack(_ session: Session) {
    let returned = IdleSession(session: session)
    idle.withLock { $0.append(returned) }
  }
}
