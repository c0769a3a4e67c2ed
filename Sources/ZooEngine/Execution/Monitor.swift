import Glibc

/// A value behind a lock, with a way to sleep until it is as one wants it.
final class Monitor<State>: @unchecked Sendable {
  // POSIX locks must not move in memory.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var state: State

  init(_ state: State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Changes the value and wakes everyone who waits.
  func change(_ body: (inout State) -> Void) {
    pthread_mutex_lock(mutex)
    body(&state)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Calls `body` with the value, again after each change, until it returns true.
  func wait(until body: (inout State) -> Bool) {
    pthread_mutex_lock(mutex)
    while !body(&state) { pthread_cond_wait(condition, mutex) }
    pthread_mutex_unlock(mutex)
  }
}
