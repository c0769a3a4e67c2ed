import Glibc
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
      return fail(error.description, 2, arguments)
    } catch is SilentFailure {
      return 1
    } catch {
      return fail("\(error)", 1, arguments)
    }
  }

  private static func fail(_ message: String, _ status: Int32, _ arguments: [String]) -> Int32 {
    tell(message, status: status, isForPrograms: asks(arguments, for: Flag.json.rawValue))
    return status
  }

  static func tell(_ message: String, status: Int32, isForPrograms: Bool) {
    isForPrograms ? Console.errorAsJSON(message, status: status) : Console.error(message)
  }

  private static func dispatch(_ arguments: [String]) throws {
    let console = Console(isQuiet: false, isVerbose: false)
    var rest = arguments
    var name = takeVerb(from: &rest)
    let asksForHelp = name == "help" || asks(rest, for: Flag.help.rawValue, "-h")
    if name == "help" { name = takeVerb(from: &rest) }
    if asks(rest, for: Flag.version.rawValue, "-V") {
      name = Version.synopsis.name
    }
    guard let name else {
      guard !asksForHelp else { return console.print(overview.help) }
      let known = Set(synopses.flatMap(\.allOptions).flatMap(\.spellings)).sorted()
      if let strange = rest.first(where: { !known.contains($0) }) {
        throw UsageError(unknown(strange, amongst: known, what: "option").followed(by: "see 'zoo --help'"))
      }
      throw UsageError("which command? 'zoo --help' shows all")
    }
    let verb = try verb(named: name)
    if asksForHelp { return console.print(verb.synopsis.help) }
    try run(verb, rest)
  }

  /// The command is the first argument that is no option and no option's value.
  private static func takeVerb(from arguments: inout [String]) -> String? {
    var place = 0
    while place < arguments.count, arguments[place].hasPrefix("-") {
      let takesValue = Setting(rawValue: arguments[place]) != nil || arguments[place] == "-o"
      place += takesValue ? 2 : 1
    }
    return place < arguments.count ? arguments.remove(at: place) : nil
  }

  /// Whether one of these options is among the arguments, which may be of an unknown command.
  private static func asks(_ arguments: [String], for spellings: String...) -> Bool {
    arguments.prefix { $0 != "--" }.contains { spellings.contains($0) }
  }

  private static func verb(named name: String) throws(UsageError) -> any Verb.Type {
    for verb in verbs where verb.synopsis.name == name { return verb }
    throw UsageError(
      unknown(name, amongst: synopses.map(\.name), what: "command").followed(by: "see 'zoo --help'"))
  }

  private static func run(_ verb: any Verb.Type, _ rest: [String]) throws {
    do {
      let arguments = try Arguments(rest, for: verb.synopsis)
      if arguments.has(.version), verb != Version.self { return try run(Version.self, ["--version"]) }
      let context = try Context(arguments)
      let streams = verb.synopsis.options.contains { $0.name == Setting.format.rawValue }
      if arguments.string(.output) == "-", !streams {
        throw UsageError("what it makes cannot be written to standard output; give a file's name with -o")
      }
      let start = ContinuousClock.now
      defer { context.tellOfFirstPages() }
      try verb.run(context)
      context.console.detail(effort(since: start))
    } catch let error as UsageError {
      let name = verb.synopsis.name
      throw UsageError("\(name): \(error)".followed(by: "see 'zoo \(name) --help'"))
    }
  }

  private static func effort(since start: ContinuousClock.Instant) -> String {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    let seconds = rounded((ContinuousClock.now - start) / .seconds(1), decimals: 2)
    return "took \(seconds) s and \(usage.ru_maxrss >> 10) MiB of memory"
  }

  static var overview: Overview { Overview(synopses: synopses) }
}
