import ZooGraph

/// A mistake in how the program was called. Ends it with exit code 2.
struct UsageError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The arguments of one verb, read by its synopsis.
struct Arguments {
  private(set) var positionals: [String] = []
  private var values: [String: [String]] = [:]
  private var flags: Set<String> = []
  /// As they were given.
  let raw: [String]

  /// - Throws: `UsageError` for an unknown option, a missing or a surplus value.
  init(_ raw: [String], for synopsis: Synopsis) throws(UsageError) {
    self.raw = raw
    let options = synopsis.allOptions
    var rest = raw[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        positionals += rest
        break
      }
      guard argument.hasPrefix("-"), argument != "-" else {
        positionals.append(argument)
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let isLong = argument.hasPrefix("--")
      let name = isLong ? parts[0] : argument
      guard let option = options.first(where: { $0.name == name || $0.short == name }) else {
        throw UsageError(unknown(name, amongst: options.map(\.name), what: "option"))
      }
      try read(option, inline: isLong && parts.count == 2 ? parts[1] : nil, rest: &rest)
    }
  }

  private mutating func read(
    _ option: Option, inline: String?, rest: inout ArraySlice<String>
  ) throws(UsageError) {
    guard let placeholder = option.value else {
      guard inline == nil else { throw UsageError("\(option.name) takes no value") }
      flags.insert(option.name)
      return
    }
    guard let value = inline ?? rest.popFirst() else {
      throw UsageError("\(option.name) needs a value: \(option.name) \(placeholder)")
    }
    values[option.name, default: []].append(value)
  }

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  /// Whether there is such a switch, or an option with a value.
  func isGiven(_ name: String) -> Bool { flags.contains(name) || values[name] != nil }

  /// The value of an option; the last one where it was given several times.
  func string(_ name: String) -> String? { values[name]?.last }

  func strings(_ name: String) -> [String] { values[name] ?? [] }

  /// - Throws: `UsageError` unless the value is a whole number within `range`.
  func int(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = string(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw UsageError(
        "\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
    }
    return value
  }

  /// One of the cases of an enumeration, by its raw value.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ type: Choice.Type = Choice.self
  ) throws(UsageError) -> Choice? where Choice.RawValue == String {
    guard let text = string(name) else { return nil }
    guard let value = Choice(rawValue: text) else {
      let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("\(name) is one of \(choices), found '\(text)'")
    }
    return value
  }

  /// `224`, or `192x256` for height and width.
  func size(_ name: String) throws(UsageError) -> Size2D? {
    guard let text = string(name) else { return nil }
    let parts = text.split(omittingEmptySubsequences: false) { "x×X".contains($0) }.map { Int($0) ?? 0 }
    guard (1...2).contains(parts.count), parts.allSatisfy({ (1...16_384).contains($0) }) else {
      throw UsageError("\(name) needs a size such as 224 or 192x256, found '\(text)'")
    }
    return Size2D(parts[0], parts[parts.count - 1])
  }

  /// The only positional argument.
  func single(_ what: String) throws(UsageError) -> String {
    guard positionals.count == 1 else {
      throw UsageError(
        positionals.isEmpty ? "\(what) is missing" : "takes one \(what), found \(positionals.count)")
    }
    return positionals[0]
  }
}
