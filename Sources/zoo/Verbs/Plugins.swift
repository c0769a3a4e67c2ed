import ZooPlugin

/// `zoo plugins`: what was found where, what was rejected and why.
enum Plugins: Verb {
  static let synopsis = Synopsis(
    name: "plugins", arguments: "",
    summary: "List the architecture plugins: what was found where, what was rejected and why.",
    details: """
      Looked for are the families built in, then what --plugin-path names, then ZOO_PLUGIN_PATH, then
      $XDG_DATA_HOME/zoo/plugins, then lib/zoo/plugins where zoo is installed. Exits with 1 when one was rejected.
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
    guard context.arguments.positionals.isEmpty else { throw UsageError("takes no arguments") }
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
}
