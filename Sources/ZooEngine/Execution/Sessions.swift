import Glibc
import Synchronization

/// A plan, and as many sessions of it as there are runs at the same time.
final class Sessions: Sendable {
  private let plan: Plan
  private let device: OneDNN
  private let idle = Mutex<[Idle]>([])

  /// A session that nobody uses at the moment.
  private struct Idle: @unchecked Sendable {
    var session: Session
  }

  /// Plans `graph` for `threads` threads that work on one batch together.
  init(
    _ graph: LoweredGraph, batch: Int, threads: Int, options: EngineOptions, weights: WeightStore
  ) throws(EngineError) {
    let device = try OneDNN.shared()
    self.device = device
    plan = try OpenMP.with(threads: threads) { () throws(EngineError) in
      try PlanBuilder(
        graph, batch: batch, threads: threads, options: options, weights: weights,
        on: device
      ).build()
    }
    giveBack(try Session(plan, on: device))
  }

  private func take() throws(EngineError) -> Session {
    if let known = idle.withLock({ $0.popLast() }) { return known.session }
    return try Session(plan, on: device)
  }

  private func giveBack(_ session: Session) {
    let returned = Idle(session: session)
    idle.withLock { $0.append(returned) }
  }

  /// Runs batch after batch.
  ///
  /// - Returns: the pictures that are left, fewer than a batch.
  func run(_ pictures: Pictures, _ range: Range<Int>) throws(EngineError) -> Range<Int> {
    guard range.count >= plan.batch else { return range }
    let session = try take()
    defer { giveBack(session) }
    let end = range.lowerBound + range.count / plan.batch * plan.batch
    try OpenMP.with(threads: plan.threads) { () throws(EngineError) in
      for first in stride(from: range.lowerBound, to: end, by: plan.batch) {
        try session.run(pictures.pixels(of: first), into: pictures.results(of: first))
      }
    }
    return end..<range.upperBound
  }

  /// Runs batches side by side, one per thread. Whoever is done with one takes the next.
  ///
  /// - Returns: the pictures that are left: too few for a batch per thread, unless that leaves most threads
  ///   without work.
  func share(_ pictures: Pictures, _ range: Range<Int>, threads: Int) throws(EngineError) -> Range<Int> {
    let batches = range.count / plan.batch
    let left = batches % threads
    let shared = left * 2 > threads ? batches : batches - left
    guard shared > 0 else { return range }
    let next = Atomic(0)
    let failure = Mutex<EngineError?>(nil)
    WorkerPool.shared.run(helpers: min(threads, shared) - 1) { [self] in
      do throws(EngineError) {
        try work(pictures, from: range.lowerBound) {
          let batch = next.add(1, ordering: .relaxed).oldValue
          return batch < shared ? batch : nil
        }
      } catch {
        failure.withLock { $0 = error }
        next.store(shared, ordering: .relaxed)
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    return range.lowerBound + shared * plan.batch..<range.upperBound
  }

  /// Runs the batches that `next` gives until there are no more.
  private func work(_ pictures: Pictures, from start: Int, _ next: () -> Int?) throws(EngineError) {
    let session = try take()
    defer { giveBack(session) }
    try OpenMP.with(threads: plan.threads) { () throws(EngineError) in
      while let batch = next() {
        let first = start + batch * plan.batch
        try session.run(pictures.pixels(of: first), into: pictures.results(of: first))
      }
    }
  }

  /// The shortest time of each step in several runs.
  func profile(_ pictures: Pictures, repetitions: Int) throws(EngineError) -> [OperationProfile] {
    let session = try take()
    defer { giveBack(session) }
    var best = Array(repeating: Double.infinity, count: plan.steps.count)
    let clock = plan.threads == 1 ? Clock.threadMilliseconds : Clock.milliseconds
    try OpenMP.with(threads: plan.threads) { () throws(EngineError) in
      for _ in 0..<max(1, repetitions) {
        var before = clock()
        try session.run(pictures.pixels(of: 0), into: pictures.results(of: 0)) { step in
          let after = clock()
          best[step] = min(best[step], after - before)
          before = after
        }
      }
    }
    return operations(best)
  }

  /// The steps with the time of each; parts of one thing are taken together.
  private func operations(_ milliseconds: [Double]) -> [OperationProfile] {
    var operations: [OperationProfile] = []
    for (index, step) in plan.steps.enumerated() {
      if index > 0, step.isPart(with: plan.steps[index - 1]) {
        operations[operations.count - 1].milliseconds += milliseconds[index]
        continue
      }
      operations.append(
        OperationProfile(
          layers: step.layers, algorithm: step.implementation, milliseconds: milliseconds[index],
          floatingPointOperations: step.floatingPointOperations))
    }
    return operations
  }
}

enum Clock {
  /// The time since some moment in the past.
  static func milliseconds() -> Double { read(CLOCK_MONOTONIC) }

  /// The time for which the calling thread has had a processor; what others do does not count.
  static func threadMilliseconds() -> Double { read(CLOCK_THREAD_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
  }
}
