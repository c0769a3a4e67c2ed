import ZooGraph
import ZooSystem

/// The program: which verbs there are, and how one is chosen.
enum Program {
  /// All commands, in the order of a first visit.
  static var verbs: [any Verb.Type] {
    [
      List.self, Info.self, Identify.self, Inspect.self, Fetch.self, Convert.self, Verify.self,
      Extract.self, Predict.self, Train.self, Evaluate.self, ReportVerb.self, Probe.self, Cache.self,
      Doctor.self, Bench.self,
      Export.self,
      Plugins.self, Completions.self, Manual.self, Version.self,
    ]
  }

  /// A loop, as a closure over metatypes crashes the compiler (Swift 6.3.1).
  static var synopses: [Synopsis] {
    var result: [Synopsis] = []
    for verb in verbs { result.append(verb.synopsis) }
    return result
  }

  /// - Returns: the exit code: 0 success, 1 failure, 2 a mistake in the call.
  static func run(_ arguments: [String]) -> Int32 {
    do {
      try dispatch(arguments)
      return 0
    } catch let error as UsageError {
      Console.error(error.description)
      return 2
    } catch is SilentFailure {
      return 1
    } catch {
      Console.error("\(error)")
      return 1
    }
  }

  private static func dispatch(_ arguments: [String]) throws {
    guard let first = arguments.first else { throw UsageError("which command? 'zoo --help' shows all") }
    let console = Console(isQuiet: false, isVerbose: false)
    let asksForHelp = ["--help", "-h", "help"].contains(first)
    if asksForHelp, arguments.count == 1 { return console.print(overview.help) }

    let name = asksForHelp ? arguments[1] : first
    let verb = try verb(named: name == "--version" ? Version.synopsis.name : name)
    let rest = Array(arguments.dropFirst())
    if asksForHelp || rest.contains("--help") || rest.contains("-h") {
      return console.print(verb.synopsis.help)
    }
    try run(verb, rest)
  }

  private static func verb(named name: String) throws(UsageError) -> any Verb.Type {
    for verb in verbs where verb.synopsis.name == name { return verb }
    throw UsageError(
      unknown(name, amongst: synopses.map(\.name), what: "command").followed(by: "see 'zoo --help'"))
  }

  private static func run(_ verb: any Verb.Type, _ rest: [String]) throws {
    do {
      let arguments = try Arguments(rest, for: verb.synopsis)
      let context = try Context(arguments)
      try verb.run(context)
    } catch let error as UsageError {
      let name = verb.synopsis.name
      throw UsageError("\(name): \(error)".followed(by: "see 'zoo \(name) --help'"))
    }
  }

  static var overview: Overview { Overview(synopses: synopses) }
}
