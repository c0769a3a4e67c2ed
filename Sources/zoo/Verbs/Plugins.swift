import ZooConformance
import ZooPlugin

/// `zoo plugins`: what was found where, what was rejected and why; what is wrong with one.
enum Plugins: Verb {
  static let synopsis = Synopsis(
    name: "plugins", arguments: "[check FILE.so]",
    summary: "List the architecture plugins: what was found where, what was rejected and why. Or check one.",
    details: """
      Looked for are the families built in, then what --plugin-path names, then ZOO_PLUGIN_PATH, then
      $XDG_DATA_HOME/zoo/plugins, then lib/zoo/plugins where zoo is installed. Exits with 1 when one was rejected.

      With check, FILE.so is examined as the families built in are by their tests: one line a check, with what was
      expected and what was found. Exits with 1 when one fails.
      """,
    options: [.flag(.json, "As an object, for programs.")])

  private struct Listing: Encodable {
    struct Found: Encodable {
      var family: String
      var path: String?
      var bases: [String]
    }
    struct Rejected: Encodable {
      var path, reason: String
    }
    var plugins: [Found]
    var rejected: [Rejected]
  }

  static func run(_ context: Context) throws {
    let words = context.arguments.positionals
    guard let word = words.first else { return try list(context) }
    guard word == "check" else { throw UsageError("takes nothing, or check FILE.so; found '\(word)'") }
    guard words.count == 2 else { throw UsageError("check takes one FILE.so, found \(words.count - 1)") }
    try check(words[1], context)
  }

  private static func list(_ context: Context) throws {
    let registry = Registry(paths: context.arguments.strings(.pluginPath))
    let listing = Listing(
      plugins: registry.plugins.map { .init(family: $0.family, path: $0.path, bases: $0.bases.map(\.name)) },
      rejected: registry.rejections.map { .init(path: $0.path, reason: $0.reason) })
    if context.arguments.has(.json) {
      try context.printJSON(listing)
    } else {
      let rows = listing.plugins.map { [$0.family, "\($0.bases.count)", $0.path ?? "built in"] }
      context.console.print(table(["family", "bases", "from"], rows, right: [1]))
    }
    for rejection in registry.rejections { Console.error("rejected \(rejection.path): \(rejection.reason)") }
    if !registry.rejections.isEmpty { throw SilentFailure() }
  }

  private static func check(_ path: String, _ context: Context) throws {
    let trial = PluginTrial(path)
    if context.arguments.has(.json) {
      try context.printJSON(trial)
    } else {
      let rows = trial.results.map { result in
        [
          result.failure == nil ? "passed" : "FAILED", result.base ?? trial.families.joined(separator: ", "),
          result.check, result.failure ?? result.meaning,
        ]
      }
      context.console.print(table(["", "base", "check", path], rows))
    }
    if !trial.isPassed { throw SilentFailure() }
  }
}
