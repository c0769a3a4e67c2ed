import Glibc

enum Console {
  static func fail(_ message: String) -> Never {
    let line = Array("error: \(message)\n".utf8)
    _ = write(2, line, line.count)
    exit(1)
  }

  /// Seconds since some moment.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
