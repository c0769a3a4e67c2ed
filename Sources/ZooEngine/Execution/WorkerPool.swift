import Glibc

/// Threads that help whoever runs a network, one job at a time. They live as long as the process and sleep
/// between jobs.
final class WorkerPool: Sendable {
  static let shared = WorkerPool()

  private struct State {
    var workers = 0
    /// Counts jobs, so that a worker knows a new one from the one it has done.
    var job = 0
    var body: (@Sendable () -> Void)?
    /// Helpers that the job still lets in, and those at work on it.
    var vacancies = 0
    var busy = 0
  }

  private let monitor = Monitor(State())

  /// Runs `body` on the calling thread and on up to `helpers` others at the same time, until all have
  /// returned. They share the work among themselves, so it does not matter how many there are. Calls take
  /// turns.
  func run(helpers: Int, _ body: @Sendable () -> Void) {
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
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { _ in
        WorkerPool.shared.work()
        return nil
      }, nil)
    if status == 0 { pthread_detach(thread) }
    return status == 0
  }

  private func work() {
    var done = 0
    while true {
      var body: (@Sendable () -> Void)?
      monitor.wait { state in
        guard state.job != done else { return false }
        done = state.job
        guard state.vacancies > 0 else { return false }
        state.vacancies -= 1
        state.busy += 1
        body = state.body
        return true
      }
      body?()
      body = nil
      monitor.change { $0.busy -= 1 }
    }
  }
}
