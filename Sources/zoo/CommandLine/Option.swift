/// An option a verb understands; the help text is made from it.
struct Option {
  /// `-o`, where there is a short form.
  var short: String?
  /// `--output`
  var name: String
  /// How the help calls the value; `nil` for a switch.
  var value: String?
  var help: String

  static func flag(_ flag: Flag, short: String? = nil, _ help: String) -> Option {
    Option(short: short, name: flag.rawValue, help: help)
  }

  static func value(_ setting: Setting, short: String? = nil, _ value: String, _ help: String) -> Option {
    Option(short: short, name: setting.rawValue, value: value, help: help)
  }

  /// What every verb understands.
  static let common: [Option] = [
    .value(.threads, "N", "Threads to compute with (default: as many as processors may be used)."),
    .value(.pluginPath, "PATH", "A plugin, or a folder of plugins; may be given several times."),
    .flag(.quiet, short: "-q", "No progress, notes and reports: only results, warnings and errors."),
    .flag(.verbose, short: "-v", "Say which model is used, how long everything took, and how much memory."),
    .flag(.help, short: "-h", "Show this text."),
    .flag(.version, short: "-V", "Name the versions of all parts."),
  ]
}

/// What a verb is and takes: its help, and the rules its arguments are read by.
struct Synopsis {
  var name: String
  /// The positional arguments: `FILE [FILE.h5]`.
  var arguments: String
  /// One line.
  var summary: String
  /// More lines, where one does not tell everything.
  var details: String = ""
  var options: [Option] = []

  /// Its own, then those that every verb has.
  var allOptions: [Option] { options + Option.common }

  /// Their spellings, of those with a value.
  var valued: [String] { allOptions.filter { $0.value != nil }.flatMap(\.spellings) }

  var help: String {
    var text = "zoo \(name)\(arguments.isEmpty ? "" : " " + arguments) [options]\n\n\(summary)\n"
    if !details.isEmpty { text += "\n\(details)\n" }
    if !options.isEmpty { text += "\nOptions:\n" + Self.table(options) }
    return text + "\nEverywhere:\n" + Self.table(Option.common)
  }

  private static func table(_ options: [Option]) -> String {
    let left = options.map { option in
      "  " + (option.short.map { "\($0), " } ?? "") + option.name + (option.value.map { " \($0)" } ?? "")
    }
    let width = (left.map(\.count).max() ?? 0) + 2
    return zip(left, options).map { $0.padded(to: width) + $1.help + "\n" }.joined()
  }
}
