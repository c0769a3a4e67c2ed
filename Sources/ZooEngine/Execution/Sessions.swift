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
        graph, batch: batch, threads: threads, allowsWinograd: options.allowsWinograd, weights: weights,
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

  /// Runs one picture after the other.
  func run(_ pictures: Pictures, _ range: Range<Int>) throws(EngineError) {
    guard !range.isEmpty else { return }
    let session = try take()
    defer { giveBack(session) }
    try OpenMP.with(threads: plan.threads) { () throws(EngineError) in
      for picture in range {
        try session.run(pictures.pixels(of: picture), into: pictures.results(of: picture))
      }
    }
  }

  /// Runs the first `count` pictures side by side. Whoever is done with one takes the next.
  func share(_ pictures: Pictures, count: Int, threads: Int) throws(EngineError) {
    guard count > 0 else { return }
    let next = Atomic(0)
    let failure = Mutex<EngineError?>(nil)
    WorkerPool.shared.run(helpers: min(threads, count) - 1) { [self] in
      do throws(EngineError) {
        let session = try take()
        defer { giveBack(session) }
        try OpenMP.with(threads: plan.threads) { () throws(EngineError) in
          while true {
            let picture = next.add(1, ordering: .relaxed).oldValue
            guard picture < count else { return }
            try session.run(pictures.pixels(of: picture), into: pictures.results(of: picture))
          }
        }
      } catch {
        failure.withLock { $0 = error }
        next.store(count, ordering: .relaxed)
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
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
    return zip(plan.steps, best).map { step, milliseconds in
      OperationProfile(
        layers: step.layers, algorithm: step.implementation, milliseconds: milliseconds,
        floatingPointOperations: step.floatingPointOperations)
    }
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
