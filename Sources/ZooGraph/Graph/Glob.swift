/// Whether `name` matches a pattern in which `*` stands for any letters and `?` for one.
public func matches(_ name: String, glob pattern: String) -> Bool {
  let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
  var (position, at) = (0, 0)
  var retry: (position: Int, at: Int)?
  while position < name.count {
    if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
      retry = (position, at)
      at += 1
    } else if at < pattern.count, pattern[at] == UInt8(ascii: "?") || pattern[at] == name[position] {
      position += 1
      at += 1
    } else if let last = retry {
      retry = (last.position + 1, last.at)
      position = last.position + 1
      at = last.at + 1
    } else {
      return false
    }
  }
  return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
}
