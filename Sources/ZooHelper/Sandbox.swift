import Glibc

/// What this process may still do once it looks at a file that may be hostile.
package enum Sandbox {
  /// Limits memory and computing time, and lets go of descriptors that the parent left open.
  ///
  /// - Parameters:
  ///   - memory: bytes of address space.
  ///   - seconds: of computing for the first answer.
  package static func enter(keeping descriptors: Int32, memory: Int, seconds: Int) {
    for descriptor in descriptors..<256 { Glibc.close(descriptor) }
    limit(__rlimit_resource_t(RLIMIT_AS.rawValue), rlim_t(memory))
    limit(__rlimit_resource_t(RLIMIT_CORE.rawValue), 0)
    renewComputingTime(seconds)
  }

  /// From here on no file or socket can be opened, and no file can be written unless that is the purpose.
  package static func close(mayWrite: Bool) {
    if !mayWrite { limit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), 0) }
    limit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), 0)
  }

  /// Allows another answer its time. A helper whose parent is gone ends at the latest when it is used up.
  package static func renewComputingTime(_ seconds: Int) {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    let used = rlim_t(max(0, usage.ru_utime.tv_sec + usage.ru_stime.tv_sec))
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit)
    limit.rlim_cur = min(used + rlim_t(seconds), limit.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit)
  }

  private static func limit(_ resource: __rlimit_resource_t, _ value: rlim_t) {
    var limit = rlimit(rlim_cur: value, rlim_max: value)
    setrlimit(resource, &limit)
  }
}
