/// What the kernel's control groups let a process have; containers are limited by them. Both versions are read
/// (the kernel's "Control Group v2" and "cgroup-v1" documents).
struct ControlGroup: Equatable {
  /// Processors' worth of time; `nil` for no limit.
  var processors: Double?
  /// Bytes; `nil` for no limit.
  var memory: Int?

  /// Of this process.
  static let own = ControlGroup(membership: "/proc/self/cgroup", mount: "/sys/fs/cgroup")

  /// - Parameters:
  ///   - membership: the file with the process's groups, one line each: `0::/path`, `4:memory:/path`.
  ///   - mount: the folder that the hierarchies are mounted in.
  init(membership: String, mount: String) {
    // Where both versions are mounted, the second is in a folder of its own.
    let unified = kernelText("\(mount)/cgroup.controllers") == nil ? "\(mount)/unified" : mount
    for line in kernelText(membership)?.split(separator: "\n") ?? [] {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      // A group has no more than the groups around it. In a container, paths may begin outside of what is mounted:
      // then the root's files are the container's.
      for folder in Self.folders(String(parts[2])) {
        switch parts[1] {
        case "": readUnified(unified + folder)
        case let controllers:
          let names = controllers.split(separator: ",")
          if names.contains("cpu") { readOldTime("\(mount)/\(controllers)\(folder)") }
          if names.contains("memory") { readOldMemory("\(mount)/\(controllers)\(folder)") }
        }
      }
    }
  }

  /// `/a/b`, `/a` and the root.
  private static func folders(_ path: String) -> [String] {
    let names = path.split(separator: "/")
    return (0...names.count).map { names.prefix($0).map { "/\($0)" }.joined() }
  }

  private mutating func readUnified(_ folder: String) {
    // `max 100000`, `150000 100000`: microseconds in each period.
    if let words = kernelText("\(folder)/cpu.max")?.split(whereSeparator: \.isWhitespace), words.count == 2 {
      limit(time: Double(words[0]), in: Double(words[1]))
    }
    limit(memory: Self.number("\(folder)/memory.max"))
  }

  private mutating func readOldTime(_ folder: String) {
    limit(
      time: Self.number("\(folder)/cpu.cfs_quota_us").map(Double.init),
      in: Self.number("\(folder)/cpu.cfs_period_us").map(Double.init))
  }

  private mutating func readOldMemory(_ folder: String) {
    limit(memory: Self.number("\(folder)/memory.limit_in_bytes"))
  }

  /// A quota of -1 is none.
  private mutating func limit(time: Double?, in period: Double?) {
    guard let time, let period, time > 0, period > 0 else { return }
    processors = min(processors ?? .infinity, time / period)
  }

  private mutating func limit(memory bytes: Int?) {
    guard let bytes, bytes > 0 else { return }
    memory = min(memory ?? .max, bytes)
  }

  private static func number(_ path: String) -> Int? {
    kernelText(path).flatMap { Int($0.filter { !$0.isWhitespace }) }
  }
}
