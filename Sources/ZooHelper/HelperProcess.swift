import Glibc
import ZooSystem

/// A running helper: one request, one answer, within the time allowed. Nothing it says is trusted; whatever
/// happens to it becomes an error, and it is gone when this object is.
package final class HelperProcess {
  /// What to do, which is not the same when a file is written as when it is read.
  package struct Advice: Sendable {
    /// When the helper is well, but its library is not content, and the answer has no advice of its own.
    package var onRefusal: String?
    /// When the helper crashed, hung or answered nonsense.
    package var onLoss: String?

    package init(onRefusal: String?, onLoss: String?) {
      self.onRefusal = onRefusal
      self.onLoss = onLoss
    }
  }

  private let helper: HelperProgram
  private let program: String
  private let subject: String
  private let advice: Advice
  private let timeout: Duration
  private let socket: Int32
  private var process: pid_t
  /// When the current answer is due.
  private var deadline = ContinuousClock.now
  /// Why the helper is no longer there.
  package private(set) var failure: FileError?

  /// - Parameters:
  ///   - subject: the file that errors are about.
  ///   - file: a descriptor that the helper shall have.
  package init(
    _ helper: HelperProgram, _ arguments: [String], subject: String, advice: Advice, file: Int32? = nil
  ) throws(FileError) {
    let program = try helper.locate()
    self.helper = helper
    self.program = program
    self.subject = subject
    self.advice = advice
    timeout = helper.timeout
    do throws(Errno) {
      (process, socket) = try Spawn.start(program, arguments, file: file)
    } catch {
      throw FileError(
        program, "the \(helper.title) cannot be started: \(error.text)",
        advice: "check the program, or set \(helper.environmentVariable) to the right one")
    }
    deadline = .now + timeout
  }

  deinit {
    close(socket)
    kill()
  }

  /// Sends a request; its answer is due within the time allowed from now.
  package func send(_ kind: Wire.Kind, _ payload: [UInt8]) throws(FileError) {
    try payload.withUnsafeBufferPointer { payload throws(FileError) in
      try send(kind, UnsafeRawBufferPointer(payload))
    }
  }

  package func send(_ kind: Wire.Kind, _ payload: UnsafeRawBufferPointer) throws(FileError) {
    if let failure { throw failure }
    deadline = .now + timeout
    let header = Wire.header(kind, count: payload.count)
    try header.withUnsafeBufferPointer { header throws(FileError) in
      try send(UnsafeRawBufferPointer(header))
    }
    try send(payload)
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let count = Glibc.send(
        socket, bytes.baseAddress.map { $0 + done }, bytes.count - done,
        Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      if count > 0 {
        done += count
      } else if errno == EAGAIN {
        try wait(for: POLLOUT)
      } else if errno != EINTR {
        try ended()
      }
    }
  }

  /// The start of the next answer, which must be of `kind`; as many bytes as returned follow.
  package func receiveHeader(_ kind: Wire.Kind) throws(FileError) -> Int {
    let header = try receive(count: Wire.headerSize)
    guard let (found, count) = Wire.parse(header) else {
      throw lost("the \(helper.title) does not speak its protocol", advice: programAdvice)
    }
    if found == .failure {
      let said = Wire.reason(in: try receive(count: count).prefix(1 << 12))
      throw FileError(subject, said.reason, advice: said.advice ?? advice.onRefusal)
    }
    guard found == kind else {
      throw lost("the \(helper.title) answered another question", advice: advice.onLoss)
    }
    return count
  }

  /// A whole answer of `kind`.
  package func receive(_ kind: Wire.Kind) throws(FileError) -> [UInt8] {
    try receive(count: try receiveHeader(kind))
  }

  private func receive(count: Int) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(FileError) {
        let bytes = UnsafeMutableRawBufferPointer(buffer)
        try receive(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// The next bytes of an answer.
  package func receive(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    if let failure { throw failure }
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = recv(socket, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        done += count
      } else if count < 0, errno == EAGAIN {
        try wait(for: POLLIN)
      } else if count == 0 || errno != EINTR {
        try ended()
      }
    }
  }

  /// Ends the helper; the error is the answer to everything from now on.
  package func lost(_ reason: String, advice: String?) -> FileError {
    let error = FileError(subject, reason, advice: advice)
    failure = error
    kill()
    return error
  }

  /// Waits until the socket can be read or written, or the time is over.
  private func wait(for events: Int32) throws(FileError) {
    let left = (deadline - .now) / .milliseconds(1)
    guard left > 0 else {
      let time = timeout.formatted
      throw lost("the \(helper.title) gave no answer for \(time) and was stopped", advice: advice.onLoss)
    }
    var request = pollfd(fd: socket, events: Int16(events), revents: 0)
    poll(&request, 1, Int32(min(left.rounded(.up), 1e6)))
  }

  /// The helper has closed its end: finds out why.
  private func ended() throws(FileError) -> Never {
    throw switch reap() {
    case .signal(let number) where number == SIGXCPU:
      lost("the \(helper.title) used up its computing time", advice: advice.onLoss)
    case .signal(let number):
      lost("the \(helper.title) crashed (signal \(number))", advice: advice.onLoss)
    case .exit(127):  // The loader's way of saying so.
      lost("the \(helper.title) cannot start: a library is missing", advice: helper.libraryAdvice)
    case .exit(Wire.otherVersionStatus):
      ofOtherVersion("it does not speak version \(Wire.version) of the protocol")
    case .exit(let status):
      lost("the \(helper.title) ended early (exit status \(status))", advice: programAdvice)
    case .unknown:
      lost("the \(helper.title) ended early", advice: advice.onLoss)
    }
  }
}

/// The end of the process.
extension HelperProcess {
  private enum End { case signal(Int32), exit(Int32), unknown }

  private var programAdvice: String {
    "install zoo again, program and helper together, or correct \(helper.environmentVariable)"
  }

  private func ofOtherVersion(_ reason: String) -> FileError {
    lost("the \(helper.title) '\(program)' is of another version of zoo: \(reason)", advice: programAdvice)
  }

  /// Ends the helper, which said what it cannot say.
  package func incredible(_ error: WireError) -> FileError {
    if error.isOfOtherVersion { return ofOtherVersion(error.reason) }
    return lost("the \(helper.title) gave an impossible answer: \(error.reason)", advice: advice.onLoss)
  }

  /// Collects a process that has closed its socket and so is about to end.
  private func reap() -> End {
    var status: Int32 = 0
    for _ in 0..<1000 where process > 0 {
      let result = waitpid(process, &status, WNOHANG)
      if result == process {
        process = 0
        let signal = status & 0x7F
        return signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
      }
      // ECHILD: the program ignores its children's ends, so the system has forgotten this one.
      if result < 0, errno != EINTR { process = 0 }
      usleep(1000)
    }
    kill()
    return .unknown
  }

  private func kill() {
    guard process > 0 else { return }
    // The whole group: a helper that is a script may have started something.
    Glibc.kill(-process, SIGKILL)
    Glibc.kill(process, SIGKILL)
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
    process = 0
  }
}

extension Duration {
  fileprivate var formatted: String {
    let seconds = self / .seconds(1)
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
  }
}
