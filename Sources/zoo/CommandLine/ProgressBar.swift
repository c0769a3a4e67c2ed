import Glibc
import Synchronization

/// `extract  [=========>          ] 480/1000  52/s  10 s left`. May be advanced from any thread.
final class ProgressBar: Sendable {
  private let what: String
  private let total: Int
  private let isVisible: Bool
  private let start = ContinuousClock.now
  private let state = Mutex((done: 0, drawn: ContinuousClock.now - .seconds(1)))

  init(_ what: String, total: Int, isVisible: Bool) {
    self.what = what
    self.total = total
    self.isVisible = isVisible
  }

  func advance(by count: Int = 1) {
    guard isVisible else { return }
    state.withLock { state in
      state.done += count
      let now = ContinuousClock.now
      guard now - state.drawn > .milliseconds(100) || state.done >= total else { return }
      state.drawn = now
      draw(state.done, elapsed: now - start)
    }
  }

  /// Clears the line.
  func finish() {
    if isVisible { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
  }

  private func draw(_ done: Int, elapsed: Duration) {
    let width = 24
    let filled = total > 0 ? min(width, done * width / total) : 0
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
    let seconds = elapsed / .seconds(1)
    let rate = seconds > 0 ? Double(done) / seconds : 0
    let left = rate > 0 ? Int(Double(max(0, total - done)) / rate) : 0
    Console.write(
      "\r\u{1B}[K\(what)  [\(bar)] \(done)/\(total)  \(Int(rate))/s  \(left) s left", to: STDERR_FILENO)
  }
}
