import Glibc
import Synchronization

/// `extract  [=========           ] 480/1000  52/s  10 s left`. May be advanced from any thread.
final class ProgressBar: Sendable {
  /// What is counted, and how it is shown.
  enum Unit { case items, bytes }

  private let what: String
  private let total: Int
  private let unit: Unit
  private let first: Int
  private let isVisible: Bool
  private let start = ContinuousClock.now
  private let state: Mutex<(done: Int, drawn: ContinuousClock.Instant)>

  /// - Parameters:
  ///   - total: 0 where it is not known.
  ///   - first: what was done before, which says nothing about the speed.
  init(_ what: String, total: Int, unit: Unit, from first: Int, isVisible: Bool) {
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
    let speed = text(max(0, Int(rate))) + "/s"
    guard total > 0 else {
      Console.write("\r\u{1B}[K\(what)  \(text(done))  \(speed)", to: STDERR_FILENO)
      return
    }
    let width = 24
    let filled = max(0, min(width, done * width / total))
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
    let left = rate > 0 ? "  \(speed)  \(Int(Double(max(0, total - done)) / rate)) s left" : ""
    Console.write(
      "\r\u{1B}[K\(what)  [\(bar)] \(count(done))/\(text(total))\(left)  \(note)",
      to: STDERR_FILENO)
  }

  private func count(_ number: Int) -> Int { unit == .bytes ? number >> 20 : number }

  private func text(_ number: Int) -> String { "\(count(number))" + (unit == .bytes ? " MiB" : "") }
}
