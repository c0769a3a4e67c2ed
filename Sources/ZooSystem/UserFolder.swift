import Glibc

/// Where a user's files are, after the "XDG Base Directory Specification" 0.8, which says as well that a path that is
/// not absolute does not count.
public enum UserFolder: String, Sendable, CaseIterable {
  /// What is kept: `$XDG_DATA_HOME`, else `.local/share` at home.
  case data = "XDG_DATA_HOME"
  /// What can be made again: `$XDG_CACHE_HOME`, else `.cache` at home.
  case cache = "XDG_CACHE_HOME"

  /// The folder's path.
  public var path: String { path(environment) }

  /// - Parameter variable: the environment.
  package func path(_ variable: (String) -> String?) -> String {
    if let named = variable(rawValue), named.hasPrefix("/") { return named }
    let home = variable("HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? Self.homeByUserTable
    return (home == "/" ? "" : home) + (self == .data ? "/.local/share" : "/.cache")
  }

  /// Of the user that the program runs as. For those that the system does not know, the root, as for shells: what
  /// cannot be written there is said with its path.
  private static var homeByUserTable: String {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var text = [CChar](repeating: 0, count: 1 << 14)
    return text.withUnsafeMutableBufferPointer { text in
      guard let start = text.baseAddress, getpwuid_r(geteuid(), &entry, start, text.count, &found) == 0,
        found != nil, let home = entry.pw_dir.map({ String(cString: $0) }), home.hasPrefix("/")
      else { return "/" }
      return home
    }
  }
}
