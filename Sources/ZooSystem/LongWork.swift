import Dispatch

/// Work that takes long, or waits for other threads, for programs with `async` functions: it runs on a thread of its
/// own, as those of Swift's pool are few and never to be held up.
public enum LongWork {
  /// Runs `body`, in which `Task.isCancelled` tells of the task that waits here.
  ///
  /// - Throws: what `body` throws; `CancellationError` for whatever it throws in a task that is cancelled.
  public static func run<Value: Sendable>(_ body: @Sendable () throws -> Value) async throws -> Value {
    try Task.checkCancellation()
    do {
      return try await withTaskExecutorPreference(OwnThread()) { try body() }
    } catch {
      // Functions whose errors are of one type say in their own words that they were stopped.
      try Task.checkCancellation()
      throw error
    }
  }
}

/// A thread for one task. Queues share the system's threads, but a serial one is never kept waiting for others.
private final class OwnThread: TaskExecutor {
  private let queue = DispatchQueue(label: "zoo.long-work")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
