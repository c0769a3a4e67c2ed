import Glibc
import Testing
import ZooSystem

/// The real program, run as a user runs it.
enum Program {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The repository's root.
  static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  static let demoBase = root + "/zoo/demo_mobilenet_0.25_128.h5"
  static let demoLabels = root + "/zoo/demo_labels.txt"

  /// `zoo` is built beside the tests.
  static let path: String = {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let own = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "/" + own.split(separator: "/").dropLast().joined(separator: "/") + "/zoo"
  }()

  /// `zoo` at work.
  struct Running {
    let process: pid_t
    fileprivate let folder: TemporaryFolder
    fileprivate let tellsOutput: Bool

    /// Waits for something that will soon be.
    func wait(until moment: () -> Bool) {
      var patience = 200_000
      while patience > 0, !moment() {
        usleep(100)
        patience -= 1
      }
    }

    /// Ends it as a power failure would.
    func kill() throws {
      Glibc.kill(process, SIGKILL)
      try #require(try finish().status == -SIGKILL)
    }

    /// Waits for its end.
    func finish() throws -> Outcome {
      var status: Int32 = 0
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
      func said(_ name: String) throws -> String {
        String(decoding: try InputFile.contents(of: "\(folder.path)/\(name)", limit: 1 << 26), as: UTF8.self)
      }
      return Outcome(
        // A signal counts as a status no program gives.
        status: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F),
        output: tellsOutput ? try said("out") : "", errors: try said("err"))
    }
  }

  /// Runs `zoo`, or another program, to its end.
  static func run(
    _ arguments: [String], executable path: String = path, home: String? = nil, output: String? = nil
  ) throws -> Outcome {
    try start(arguments, executable: path, home: home, output: output).finish()
  }

  /// Starts `zoo`, or another program, with an environment of its own, so that no plugins or models of the machine
  /// take part.
  ///
  /// - Parameters:
  ///   - home: where it keeps caches; by default a new folder each time.
  ///   - output: a file for the standard output, which the outcome tells otherwise.
  static func start(
    _ arguments: [String], executable path: String = path, home: String? = nil, output: String? = nil
  ) throws -> Running {
    let folder = try TemporaryFolder()
    let (out, err) = (output ?? folder.path + "/out", folder.path + "/err")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, file) in [(STDOUT_FILENO, out), (STDERR_FILENO, err)] {
      posix_spawn_file_actions_addopen(&actions, descriptor, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments as [String]).map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] =
      (["PATH=/usr/bin:/bin", "HOME=\(home ?? folder.path)"] as [String]).map { strdup($0) } + [nil]
    defer { for text in argv + environment { free(text) } }
    // Signals as in a fresh program: the threads that run tests block them.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var process: pid_t = 0
    try #require(
      posix_spawn(&process, path, &actions, &attributes, &argv, &environment) == 0, "cannot start \(path)")
    return Running(process: process, folder: folder, tellsOutput: output == nil)
  }

  /// Runs `zoo`, expects success, gives what it printed.
  @discardableResult
  static func succeed(_ arguments: String...) throws -> String {
    let outcome = try run(arguments)
    try #require(outcome.status == 0, "\(arguments): \(outcome.errors)")
    return outcome.output
  }

  /// Runs `zoo` and expects what bad input gets: exit code 1, or 2 where the call itself is wrong, one line on standard error
  /// with every one of `words`, nothing written in `folder`.
  static func refuse(
    _ arguments: [String], saying words: [String], writingNothingIn folder: TemporaryFolder,
    status: Int32 = 1,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let before = files(in: folder.path)
    let outcome = try run(arguments)
    #expect(outcome.status == status, "\(outcome)", sourceLocation: location)
    let lines = outcome.errors.split(separator: "\n").filter { !$0.hasPrefix("zoo: warning:") }
    #expect(lines.count == 1, "\(outcome.errors)", sourceLocation: location)
    for word in words {
      #expect(outcome.errors.contains(word), "\(word) is not in: \(outcome.errors)", sourceLocation: location)
    }
    #expect(files(in: folder.path) == before, sourceLocation: location)
  }

  static func files(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names.sorted()
  }
}

extension TemporaryFolder {
  /// Writes a file into the folder and gives its path.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = "\(path)/\(name)"
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
    return path
  }

  func file(_ name: String, _ text: String) throws -> String {
    try file(name, Array(text.utf8))
  }
}
