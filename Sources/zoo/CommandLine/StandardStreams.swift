import Glibc

/// Standard streams that are closed would give their numbers to files and pipes of the program, which would then be
/// taken for the streams.
enum StandardStreams {
  /// Occupies what is closed, so that reading and writing fail as before.
  static func prepare() {
    for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
      // The lowest free number is given, which is this one.
      _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
