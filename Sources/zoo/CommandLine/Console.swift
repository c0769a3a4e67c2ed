import Glibc

/// Where a verb speaks: results on standard output, everything else on standard error.
struct Console {
  var isQuiet: Bool
  var isVerbose: Bool

  /// Results: what a program may read.
  func print(_ text: String) {
    Self.write(text + "\n", to: STDOUT_FILENO)
  }

  /// A report beside the result; silent with `--quiet`.
  func report(_ text: String) {
    if !isQuiet { print(text) }
  }

  /// What is worth knowing but stops nothing.
  func warn(_ text: String) {
    Self.write("zoo: warning: \(text)\n", to: STDERR_FILENO)
  }

  /// What is to be known about a result; silent with `--quiet`.
  func note(_ text: String) {
    if !isQuiet { Self.write("zoo: \(text)\n", to: STDERR_FILENO) }
  }

  /// Details for whoever asked for them.
  func detail(_ text: @autoclosure () -> String) {
    if isVerbose { Self.write("zoo: \(text())\n", to: STDERR_FILENO) }
  }

  static func error(_ text: String) {
    write("zoo: \(text)\n", to: STDERR_FILENO)
  }

  /// A bar on a terminal's standard error; silent elsewhere and with `--quiet`.
  func progress(_ what: String, total: Int, unit: String = "", from first: Int = 0) -> ProgressBar {
    let isVisible = !isQuiet && isatty(STDERR_FILENO) == 1
    return ProgressBar(what, total: total, unit: unit, from: first, isVisible: isVisible)
  }

  static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return }
        done += count
      }
    }
  }
}
