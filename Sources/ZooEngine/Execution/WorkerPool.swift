import Glibc

/// Threads that help whoever runs a network, one job at a time. They begin with the first job, sleep between jobs, and end
/// with the pool.
final class WorkerPool: Sendable {
  /// How many threads there are besides the caller's.
  let helpers: Int
  private let monitor = Monitor(State())

  private struct State {
    var workers = 0
    /// Counts jobs, so that a worker knows a new one from the one it has done.
    var job = 0
    var body: (@Sendable () -> Void)?
    /// Helpers that the job still lets in, and those at work on it.
    var vacancies = 0
    var busy = 0
    var isClosed = false
  }

  init(helpers: Int) {
    self.helpers = helpers
  }

  deinit { monitor.change { $0.isClosed = true } }

  /// Runs `body` on the calling thread and on the helpers at the same time, until all have returned. They share the work
  /// among themselves, so it does not matter how many there are. Calls take turns.
  func run(_ body: @Sendable () -> Void) {
    withoutActuallyEscaping(body) { body in
      monitor.change { state in
        while state.workers < helpers, startWorker() { state.workers += 1 }
        state.job += 1
        state.body = body
        state.vacancies = helpers
      }
      body()
      // A helper that comes late finds no vacancy, and so nobody has `body` after this.
      monitor.wait { state in
        state.vacancies = 0
        state.body = nil
        return state.busy == 0
      }
    }
  }

  private func startWorker() -> Bool {
    let monitor = Unmanaged.passRetained(monitor)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { monitor in
        if let monitor { WorkerPool.work(Unmanaged<Monitor<State>>.fromOpaque(monitor).takeRetainedValue()) }
        return nil
      }, monitor.toOpaque())
    guard status == 0 else {
      monitor.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  /// It keeps the state, and not the pool.
  private static func work(_ monitor: Monitor<State>) {
    var done = 0
    while true {
      var body: (@Sendable () -> Void)?
      var isClosed = false
      monitor.wait { state in
        isClosed = state.isClosed
        guard state.job != done, !isClosed else { return isClosed }
        done = state.job
        guard state.vacancies > 0 else { return false }
        state.vacancies -= 1
        state.busy += 1
        body = state.body
        return true
      }
      if isClosed { return }
      body?()
      body = nil
      monitor.change { $0.busy -= 1 }
    }
  }
}
