import Glibc

/// A variable of the environment; `nil` when it is empty, too.
public func environment(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}
