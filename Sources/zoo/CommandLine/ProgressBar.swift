import Glibc
import Synchronization

/// `extract  [=========           ] 480/1000  52/s  10 s left`. May be advanced from any thread.
final class ProgressBar: Sendable {
  private let what: String
  private let total: Int
  private let unit: String
  private let first: Int
  private let isVisible: Bool
  private let start = ContinuousClock.now
  private let state: Mutex<(done: Int, drawn: ContinuousClock.Instant)>

  /// - Parameters:
  ///   - total: 0 where it is not known.
  ///   - first: what was done before, which says nothing about the speed.
  init(_ what: String, total: Int, unit: String = "", from first: Int = 0, isVisible: Bool) {
    self.what = what
    self.total = total
    self.unit = unit
    self.first = first
    self.isVisible = isVisible
    state = Mutex((first, start - .seconds(1)))
  }

  /// - Parameter note: shown behind the rest.
  func advance(by count: Int = 1, note: String = "") {
    guard isVisible else { return }
    state.withLock { state in
      state.done += count
      let now = ContinuousClock.now
      guard now - state.drawn > .milliseconds(100) || state.done >= total else { return }
      state.drawn = now
      draw(state.done, elapsed: now - start, note)
    }
  }

  /// Clears the line.
  func finish() {
    if isVisible { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
  }

  private func draw(_ done: Int, elapsed: Duration, _ note: String) {
    let seconds = elapsed / .seconds(1)
    let rate = seconds > 0 ? Double(done - first) / seconds : 0
    let speed = "\(max(0, Int(rate)))\(unit)/s"
    guard total > 0 else {
      return Console.write("\r\u{1B}[K\(what)  \(done)\(unit)  \(speed)", to: STDERR_FILENO)
    }
    let width = 24
    let filled = max(0, min(width, done * width / total))
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
    let left = rate > 0 ? "  \(speed)  \(Int(Double(max(0, total - done)) / rate)) s left" : ""
    Console.write(
      "\r\u{1B}[K\(what)  [\(bar)] \(done)/\(total)\(unit)\(left)  \(note)",
      to: STDERR_FILENO)
  }
}
