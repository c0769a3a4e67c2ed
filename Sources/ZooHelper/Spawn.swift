import Glibc

/// Starts a program with one end of a socket as its standard input and output.
package enum Spawn {
  /// The descriptor under which the program finds the file it was given.
  package static let fileDescriptor: Int32 = 3

  /// - Returns: the process and our end of the socket.
  /// - Throws: the error number of the call that failed.
  static func start(
    _ program: String, _ arguments: [String], file: Int32?
  ) throws(Errno) -> (process: pid_t, socket: Int32) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else { throw Errno(code: errno) }
    let (ours, theirs) = (ends[0], ends[1])
    defer { close(theirs) }
    do throws(Errno) {
      return (try spawn(program, arguments, socket: theirs, file: file), ours)
    } catch {
      close(ours)
      throw error
    }
  }

  private static func spawn(
    _ program: String, _ arguments: [String], socket: Int32, file: Int32?
  ) throws(Errno) -> pid_t {
    // Above the descriptors that are about to be replaced in the child.
    let socket = fcntl(socket, F_DUPFD_CLOEXEC, 16)
    guard socket >= 0 else { throw Errno(code: errno) }
    defer { close(socket) }
    let file = file.map { fcntl($0, F_DUPFD_CLOEXEC, 16) }
    defer { if let file { close(file) } }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    if let file { posix_spawn_file_actions_adddup2(&actions, file, fileDescriptor) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    configure(&attributes)

    var process: pid_t = 0
    let code = withCStrings([program] + arguments) { arguments in
      withCStrings(environment()) { environment in
        posix_spawn(&process, program, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw Errno(code: code) }
    return process
  }

  /// A process group of its own, so that an interrupt typed at the terminal reaches only the program that
  /// knows what to do about it; and signals as they are in a fresh program.
  private static func configure(_ attributes: inout posix_spawnattr_t) {
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    posix_spawnattr_setflags(&attributes, Int16(flags))
  }

  /// Our environment without what could make libhdf5 load code, lock files or write messages, whatever the helper.
  private static func environment() -> [String] {
    var list = ["HDF5_USE_FILE_LOCKING=FALSE", "SWIFT_BACKTRACE=enable=no"]
    var entry = environ
    while let text = entry.pointee {
      let variable = String(cString: text)
      if !variable.hasPrefix("HDF5_"), !variable.hasPrefix("SWIFT_BACKTRACE=") { list.append(variable) }
      entry += 1
    }
    return list
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies + [nil])
  }
}

/// A failed system call.
struct Errno: Error {
  let code: Int32

  var text: String { String(cString: strerror(code)) }
}
