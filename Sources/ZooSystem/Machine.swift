import Glibc

/// What the machine has of which this process may use.
public enum Machine {
  /// The processor as the kernel names it; `nil` where it does not.
  public static let processorName: String? = {
    let lines = kernelText("/proc/cpuinfo")?.split(separator: "\n") ?? []
    guard let line = lines.first(where: { $0.hasPrefix("model name") }), let colon = line.firstIndex(of: ":")
    else { return nil }
    return String(line[line.index(after: colon)...].drop { $0 == " " })
  }()

  /// How many processors there are to compute with: those that the process may run on (`taskset`), and no more than its
  /// control group's share of time is worth (`docker run --cpus`), rounded up.
  public static let processorCount: Int = {
    let online = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    // The mask may have bits for processors that could be there.
    let allowed = min(online, processorsByAffinity ?? online)
    guard let share = ControlGroup.own.processors else { return allowed }
    return min(allowed, max(1, Int(share.rounded(.up))))
  }()

  /// The bytes of memory that the process can have: the machine's, or its control group's limit.
  public static let memory: Int = {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let size = sysconf(Int32(_SC_PAGESIZE))
    let physical = pages > 0 && size > 0 ? pages * size : .max
    return min(physical, ControlGroup.own.memory ?? .max)
  }()

  /// From the mask of those that the process may run on, hexadecimal, in groups of 32 (`proc(5)`).
  private static var processorsByAffinity: Int? {
    let lines = kernelText("/proc/self/status")?.split(separator: "\n") ?? []
    guard let line = lines.first(where: { $0.hasPrefix("Cpus_allowed:") }) else { return nil }
    let digits = line.drop { $0 != ":" }.compactMap(\.hexDigitValue)
    let count = digits.reduce(0) { $0 + $1.nonzeroBitCount }
    return count > 0 ? count : nil
  }
}

/// A file of the kernel's, which has no size; `nil` where there is none.
func kernelText(_ path: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 16)
  let count = fread(&bytes, 1, bytes.count, file)
  return String(decoding: bytes.prefix(count), as: UTF8.self)
}
