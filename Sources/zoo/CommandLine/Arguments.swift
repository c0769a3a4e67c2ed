import ZooGraph
import ZooSystem

/// A mistake in how the program was called. Ends it with exit code 2.
struct UsageError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The arguments of one verb, read by its synopsis. Options may stand anywhere.
struct Arguments {
  private(set) var positionals: [String] = []
  private var values: [Setting: [String]] = [:]
  private var flags: Set<Flag> = []

  /// - Throws: `UsageError` for an unknown option, a missing or a surplus value.
  init(_ raw: [String], for synopsis: Synopsis) throws(UsageError) {
    let options = synopsis.allOptions
    var rest = raw[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        positionals += rest
        break
      }
      if !argument.hasPrefix("-") || argument == "-" {
        positionals.append(argument)
      } else if argument.hasPrefix("--") {
        try readLong(argument, options, &rest)
      } else {
        try readShort(argument, options, &rest)
      }
    }
  }

  /// `--output FILE`, `--output=FILE`, `--json`.
  private mutating func readLong(
    _ argument: String, _ options: [Option], _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
      String.init)
    guard let option = options.first(where: { $0.name == parts[0] }) else {
      throw UsageError(unknown(parts[0], amongst: options.map(\.name), what: "option"))
    }
    try read(option, inline: parts.count == 2 ? parts[1] : nil, options, &rest)
  }

  /// `-o FILE`, `-oFILE`, `-q`, `-qv`.
  private mutating func readShort(
    _ argument: String, _ options: [Option], _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    let name = String(argument.prefix(2))
    let tail = argument.dropFirst(2)
    guard let option = options.first(where: { $0.short == name }) else {
      let near = options.map(\.name).first { $0 == "-" + argument }
      throw UsageError("unknown option '\(argument)'".followed(by: near.map { "the option is \($0)" }))
    }
    guard option.value == nil else {
      guard !tail.hasPrefix("=") else {
        throw UsageError("\(name) takes its value without '=': \(name) \(tail.dropFirst())")
      }
      return try read(option, inline: tail.isEmpty ? nil : String(tail), options, &rest)
    }
    try read(option, inline: nil, options, &rest)
    if !tail.isEmpty { try readShort("-" + tail, options, &rest) }
  }

  private mutating func read(
    _ option: Option, inline: String?, _ options: [Option], _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    if let flag = Flag(rawValue: option.name) {
      guard inline == nil else { throw UsageError("\(option.name) takes no value") }
      flags.insert(flag)
    } else if let setting = Setting(rawValue: option.name), let placeholder = option.value {
      let isOption = inline == nil && options.contains { rest.first.map($0.spellings.contains) ?? false }
      guard !isOption, let value = inline ?? rest.popFirst() else {
        throw UsageError("\(option.name) needs a value: \(option.name) \(placeholder)")
      }
      values[setting, default: []].append(value)
    }
  }

  func has(_ flag: Flag) -> Bool { flags.contains(flag) }

  /// The name of the first of these options that was given.
  func given(_ settings: [Setting], _ flags: [Flag] = []) -> String? {
    settings.first { values[$0] != nil }?.rawValue ?? flags.first(where: has)?.rawValue
  }

  /// The value of an option; the last one where it was given several times.
  func string(_ setting: Setting) -> String? { values[setting]?.last }

  func strings(_ setting: Setting) -> [String] { values[setting] ?? [] }

  /// - Throws: `UsageError` unless the value is a whole number within `range`.
  func int(_ setting: Setting, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = string(setting) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw UsageError(
        "\(setting) needs a whole number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
    }
    return value
  }

  /// One of the cases of an enumeration, by its raw value.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ setting: Setting, _ type: Choice.Type = Choice.self
  ) throws(UsageError) -> Choice? where Choice.RawValue == String {
    guard let text = string(setting) else { return nil }
    guard let value = Choice(rawValue: text) else {
      let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("\(setting) is one of \(choices), found '\(text)'")
    }
    return value
  }

  /// `224`, or `192x256` for height and width.
  func size(_ setting: Setting) throws(UsageError) -> Size2D? {
    guard let text = string(setting) else { return nil }
    let parts = text.split(omittingEmptySubsequences: false) { "x×X".contains($0) }.map { Int($0) ?? 0 }
    guard (1...2).contains(parts.count), parts.allSatisfy({ (1...16_384).contains($0) }) else {
      throw UsageError("\(setting) needs a size such as 224 or 192x256, found '\(text)'")
    }
    return Size2D(parts[0], parts[parts.count - 1])
  }

  /// A value that something else reads.
  ///
  /// - Throws: `UsageError` with what is wrong with it.
  func parsed<Value>(_ setting: Setting, _ read: (String) throws -> Value) throws(UsageError) -> Value? {
    guard let text = string(setting) else { return nil }
    do {
      return try read(text)
    } catch {
      throw UsageError("\(setting): \(error)")
    }
  }

  /// The only positional argument.
  func single(_ what: String) throws(UsageError) -> String {
    guard positionals.count == 1 else {
      throw UsageError(
        positionals.isEmpty ? "\(what) is missing" : "takes one \(what), found \(positionals.count)")
    }
    return positionals[0]
  }

  /// The two positional arguments.
  func pair(_ first: String, _ second: String) throws(UsageError) -> (String, String) {
    guard positionals.count == 2 else {
      let found = positionals.isEmpty ? "nothing" : positionals.map { "'\($0)'" }.joined(separator: ", ")
      throw UsageError("takes \(first) and \(second), found \(found)")
    }
    return (positionals[0], positionals[1])
  }
}
