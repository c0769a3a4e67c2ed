import Dispatch
import Glibc
import Synchronization
import ZooSystem

/// A program that is interrupted (Ctrl-C, `kill`, a closed terminal) leaves nothing half-written behind. Nor does
/// one under which a file that it has mapped is shortened (SIGBUS).
enum Interruption {
  /// Where a signal is told: hardly anything else is allowed in its handler.
  private static let news = Atomic<Int32>(-1)

  /// What is said at the end of something that is interrupted: what was kept, and how to go on.
  private static let farewell = Mutex<(@Sendable () -> String)?>(nil)

  static func say(_ text: (@Sendable () -> String)?) { farewell.withLock { $0 = text } }

  static func prepare() {
    // A progress that nobody reads does not end a training; results that cannot be written are noticed.
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    news.store(ends[1], ordering: .releasing)
    for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(Interruption.news.load(ordering: .acquiring), &byte, 1)
      }
    }
    var lossOfMemory = sigaction()
    lossOfMemory.sa_flags = SA_SIGINFO
    lossOfMemory.__sigaction_handler.sa_sigaction = { number, info, _ in
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(Interruption.news.load(ordering: .acquiring), &byte, 1)
      // The thread cannot go on without its file; one that somebody else sent the signal to can.
      while info?.pointee.si_code ?? 0 > 0 { pause() }
    }
    sigaction(SIGBUS, &lossOfMemory, nil)
    let end = ends[0]
    DispatchQueue(label: "interruption").async {
      var byte: UInt8 = 0
      while read(end, &byte, 1) != 1 { if errno != EINTR { return } }
      Leftovers.removeAll {
        if Int32(byte) == SIGBUS {
          Console.error("a file was shortened while it was being read; try again when nothing writes to it")
          _exit(1)
        }
        if let farewell = farewell.withLock({ $0 }) {
          // A bar may stand in the line.
          if isatty(STDERR_FILENO) == 1 { Console.write("\n", to: STDERR_FILENO) }
          Console.error("interrupted: " + farewell())
        }
        signal(Int32(byte), SIG_DFL)
        kill(getpid(), Int32(byte))
        pause()
      }
    }
  }

  /// As under `nohup`.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
