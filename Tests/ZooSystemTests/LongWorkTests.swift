import Glibc
import Synchronization
import Testing
import ZooSystem

/// Long work for `async` programs.
@Suite struct LongWorkTests {
  private final class Counter: Sendable {
    private let state = Mutex(0)
    var value: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
  }

  /// Swift's pool has a thread for each processor; all of them would be taken.
  @Test(.timeLimit(.minutes(5))) func nobodyElseIsHeldUp() async throws {
    let (begun, ends) = (Counter(), Counter())
    let count = Machine.processorCount + 8
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<count {
        group.addTask {
          try await LongWork.run {
            begun.add()
            while ends.value == 0 { usleep(1_000) }
          }
        }
      }
      group.addTask {
        while begun.value < count { await Task.yield() }
        ends.add()
      }
      try await group.waitForAll()
    }
    #expect(begun.value == count)
  }

  @Test func errorsPassUnlessTheTaskWasCancelled() async throws {
    await #expect(throws: FileError("x", "is wrong")) {
      try await LongWork.run { throw FileError("x", "is wrong") }
    }
    let begun = Counter()
    let task = Task {
      try await LongWork.run {
        begun.add()
        while !Task.isCancelled { usleep(1_000) }
        throw FileError("x", "was stopped")
      }
    }
    while begun.value == 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func loopsStopWhereNobodyWaits() async throws {
    let done = Counter()
    let task = Task {
      try await LongWork.run {
        try Threads.forEachWhileWanted(1_000_000) { _ in
          done.add()
          if done.value > 100 { usleep(1_000) }
        }
      }
    }
    while done.value == 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(done.value < 100_000)
    let all = Counter()
    try Threads.forEachWhileWanted(1_000) { _ in all.add() }
    #expect(all.value == 1_000)
  }
}
