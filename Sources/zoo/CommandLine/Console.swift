import FoundationEssentials
import Glibc
import ZooSystem

/// Where a verb speaks: results on standard output, everything else on standard error.
struct Console {
  var isQuiet: Bool
  var isVerbose: Bool

  /// Results: what a program may read. Ends the program where they cannot be written: a full disk must not
  /// look like success.
  func print(_ text: String) {
    if !Self.write(text + "\n", to: STDOUT_FILENO) { Self.endUnheard() }
  }

  /// What is told beside the result, or on the way to it. That nobody listens any more is no reason to stop.
  func tell(_ text: String) {
    if !Self.write(text + "\n", to: STDOUT_FILENO), errno != EPIPE { Self.endUnheard() }
  }

  /// A report beside the result; silent with `--quiet`.
  func report(_ text: String) {
    if !isQuiet { tell(text) }
  }

  /// As other programs end whose results cannot be written: in silence where the reader has gone.
  static func endUnheard() -> Never {
    let error = FileError("standard output", failed: "write")
    if errno == EPIPE {
      Leftovers.removeAll {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
      }
    } else {
      Self.error(error.description)
    }
    _exit(1)
  }

  /// What may be wrong, but stops nothing.
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

  /// For programs: an object on one line.
  static func errorAsJSON(_ text: String, status: Int32) {
    struct Report: Encodable {
      struct Details: Encodable {
        var message: String
        var status: Int32
      }
      var error: Details
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let report = Report(error: .init(message: text, status: status))
    guard let json = try? encoder.encode(report) else { return error(text) }
    write(String(decoding: json, as: UTF8.self) + "\n", to: STDERR_FILENO)
  }

  /// A bar on a terminal's standard error; silent elsewhere and with `--quiet`.
  func progress(_ what: String, total: Int, unit: ProgressBar.Unit = .items, from first: Int = 0)
    -> ProgressBar
  {
    let isVisible = !isQuiet && isatty(STDERR_FILENO) == 1
    return ProgressBar(what, total: total, unit: unit, from: first, isVisible: isVisible)
  }

  /// - Returns: whether everything was written; if not, `errno` says why.
  @discardableResult
  static func write(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  /// - Returns: whether everything was written; if not, `errno` says why.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      done += count
    }
    return true
  }
}
