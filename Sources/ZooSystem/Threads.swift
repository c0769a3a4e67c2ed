import Dispatch
import Synchronization

/// The threads that this process computes with. Decoding, hashing, networks and matrices all ask here, so that one number
/// bounds them all.
public enum Threads {
  private static let most = Mutex<Int?>(nil)

  /// How many work at the same time on one thing; by default one for each processor.
  public static var count: Int { most.withLock { $0 } ?? Machine.processorCount }

  /// - Parameter count: at least 1.
  public static func limit(to count: Int) {
    precondition(count > 0, "there must be a thread")
    most.withLock { $0 = count }
  }

  /// Calls `body` once with each number below `count`, on all threads; with one thread in their order.
  public static func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    let workers = min(count, Self.count)
    guard workers > 1 else {
      for index in 0..<max(0, count) { body(index) }
      return
    }
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        body(index)
      }
    }
  }

  /// As ``forEach(_:_:)`` for what takes long: in a task that is cancelled, no more are begun.
  ///
  /// - Throws: `CancellationError` where not all were done.
  public static func forEachWhileWanted(
    _ count: Int, _ body: @Sendable (Int) -> Void
  ) throws(CancellationError) {
    // The task is known to the calling thread alone, so all threads come back to it from time to time.
    let together = 64 * Self.count
    for start in stride(from: 0, to: count, by: together) {
      guard !Task.isCancelled else { throw CancellationError() }
      forEach(min(together, count - start)) { body(start + $0) }
    }
  }

  /// Runs `body` while the caller goes on; where there is one thread, at once.
  public static func beside(_ body: @escaping @Sendable () -> Void) {
    guard count > 1 else { return body() }
    DispatchQueue.global().async(execute: body)
  }
}
