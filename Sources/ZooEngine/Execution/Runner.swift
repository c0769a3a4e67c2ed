import Glibc
import Synchronization

/// Runs pictures through a plan.
final class Runner: Sendable {
  let plan: Plan
  private let workspaces: Workspaces

  init(_ plan: Plan, in workspaces: Workspaces) {
    self.plan = plan
    self.workspaces = workspaces
  }

  /// The pictures that are run at once.
  var batch: Int { plan.batch }

  private func with<Result>(
    _ body: (Session) throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    let workspace = try workspaces.take(for: self)
    defer { workspaces.giveBack(workspace) }
    let session = try workspace.session(of: self)
    return try OpenMP.with(threads: plan.threads) { () throws(EngineError) in try body(session) }
  }

  /// Runs batch after batch.
  ///
  /// - Returns: the pictures that are left, fewer than a batch.
  func run(_ pictures: Pictures, _ range: Range<Int>) throws(EngineError) -> Range<Int> {
    guard range.count >= plan.batch else { return range }
    let end = range.lowerBound + range.count / plan.batch * plan.batch
    try with { session throws(EngineError) in
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
  func share(_ pictures: Pictures, _ range: Range<Int>, among workers: WorkerPool) throws(EngineError)
    -> Range<Int>
  {
    let batches = range.count / plan.batch
    let threads = workers.helpers + 1
    let left = batches % threads
    let shared = left * 2 > threads ? batches : batches - left
    guard shared > 0 else { return range }
    let next = Atomic(0)
    let failure = Mutex<EngineError?>(nil)
    workers.run { [self] in
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
    try with { session throws(EngineError) in
      while let batch = next() {
        let first = start + batch * plan.batch
        try session.run(pictures.pixels(of: first), into: pictures.results(of: first))
      }
    }
  }

  /// The shortest time of each step in several runs.
  func profile(_ pictures: Pictures, repetitions: Int) throws(EngineError) -> [OperationProfile] {
    var best = Array(repeating: Double.infinity, count: plan.steps.count)
    let clock = plan.threads == 1 ? Clock.threadMilliseconds : Clock.milliseconds
    try with { session throws(EngineError) in
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
