/// A progress bar of bytes that begins when their number is known.
final class LateBar {
  private let what: String
  private let console: Console
  private var bar: ProgressBar?
  private var shown = 0

  init(_ what: String, _ console: Console) {
    self.what = what
    self.console = console
  }

  /// - Parameter total: 0 where it is not known.
  func show(_ done: Int, of total: Int) {
    if let bar {
      bar.advance(by: done - shown)
    } else {
      bar = console.progress(what, total: total, unit: .bytes, from: done)
    }
    shown = done
  }

  /// Clears the bar's line.
  func finish() {
    bar?.finish()
    bar = nil
  }
}
