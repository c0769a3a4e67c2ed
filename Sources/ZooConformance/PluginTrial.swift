import ZooPlugin

/// A plugin in a file, examined: whether it is one, and each of its bases by every check.
public struct PluginTrial: Sendable, Encodable {
  /// What one check came to.
  public struct Result: Sendable, Equatable, Encodable {
    /// `nil` for the check of the file itself.
    public var base: String?
    /// The name of the check: `interface` for the file, else one of ``ConformanceCheck``.
    public var check: String
    /// What is so where it is passed, for people.
    public var meaning: String
    /// What was expected and what was found; `nil` where it is passed.
    public var failure: String?
  }

  /// The shared library.
  public let path: String
  /// The families that it brings; empty where it cannot be used.
  public let families: [String]
  /// One a check, first that of the file, then those of each base.
  public let results: [Result]
  /// Whether every check is passed.
  public var isPassed: Bool { results.allSatisfy { $0.failure == nil } }

  /// Loads the plugin beside the families linked into this program, and nothing else, and makes every check.
  public init(_ path: String) {
    let registry = Registry(paths: [path], ambient: [])
    let plugins = registry.plugins.filter { $0.path == path }
    let rejection = registry.rejections.first { $0.path == path }
    let count = plugins.reduce(0) { $0 + $1.bases.count }
    self.path = path
    families = plugins.map(\.family)
    let interface = Result(
      check: "interface",
      meaning:
        "speaks interface \(pluginABI), has \(count) base\(count == 1 ? "" : "s") that nobody else claims",
      failure: rejection?.reason
        ?? (plugins.isEmpty ? "no plugin was found in it; name one shared library" : nil))
    results =
      [interface]
      + plugins.flatMap(\.bases).flatMap { base in
        ConformanceCheck.allCases.map { check in
          Result(
            base: base.name, check: check.rawValue, meaning: check.meaning,
            failure: check.failure(of: base, in: registry))
        }
      }
  }
}
