import Glibc

/// The processor as the kernel names it; `nil` where it does not.
public let processorName: String? = {
  guard let file = fopen("/proc/cpuinfo", "r") else { return nil }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 512)
  while fgets(&line, Int32(line.count), file) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
    return String(text[text.index(after: colon)...].drop { $0 == " " }.prefix { $0 != "\n" })
  }
  return nil
}()

/// How many processors there are to compute with.
public var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
