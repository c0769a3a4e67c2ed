import ZooSystem

/// A page for `man`, in the macros of `man(7)`.
struct ManualPage {
  /// `zoo-convert.1`
  let file: String
  let text: String

  /// Of the program as a whole.
  init(_ overview: Overview) {
    let commands = overview.synopses.map { synopsis in
      Self.item("\\fBzoo\\-\(Self.escaped(synopsis.name))\\fR(1)", synopsis.summary)
    }
    let variables = overview.variables.map { Self.item("\\fB\(Self.escaped($0.name))\\fR", $0.meaning) }
    let statuses = overview.statuses.map { Self.item("\($0.status)", $0.meaning) }
    file = "zoo.1"
    text =
      Self.head("ZOO", "zoo \\- \(Self.escaped(overview.summary))")
      + ".SH SYNOPSIS\n.B zoo\n\\fICOMMAND\\fR [\\fIarguments\\fR]\n.br\n.B zoo \\-\\-version\n"
      + ".SH COMMANDS\n" + commands.joined() + ".SH OPTIONS\nEvery command has these.\n"
      + Option.common.map(Self.option).joined() + ".SH ENVIRONMENT\n" + variables.joined()
      + ".SH \"EXIT STATUS\"\n" + statuses.joined()
  }

  /// Of a command.
  init(_ synopsis: Synopsis) {
    file = "zoo-\(synopsis.name).1"
    let name = "zoo\\-\(Self.escaped(synopsis.name))"
    let arguments = Self.escaped(synopsis.arguments)
    let details = synopsis.details.isEmpty ? "" : Self.paragraphs(synopsis.details)
    text =
      Self.head(
        "ZOO\\-\(Self.escaped(synopsis.name.uppercased()))",
        "\(name) \\- \(Self.escaped(synopsis.summary))")
      + ".SH SYNOPSIS\n.B zoo \(Self.escaped(synopsis.name))\n"
      + (arguments.isEmpty ? "" : "\\fI\(arguments)\\fR\n")
      + "[\\fIoptions\\fR]\n.SH DESCRIPTION\n" + Self.paragraphs(synopsis.summary)
      + (details.isEmpty ? "" : ".PP\n" + details)
      + ".SH OPTIONS\n" + synopsis.allOptions.map(Self.option).joined() + ".SH \"SEE ALSO\"\n.BR zoo (1)\n"
  }

  private static func head(_ title: String, _ name: String) -> String {
    """
    .\\" Made by 'zoo manual'.
    .TH \(title) 1 "" "zoo \(zooVersion)" "User Commands"
    .\\" Words such as a list of functions are too long to be spread over a line.
    .ad l
    .SH NAME
    \(name.hasSuffix(".") ? String(name.dropLast()) : name)

    """
  }

  private static func option(_ option: Option) -> String {
    let spellings = option.spellings.map { "\\fB\(escaped($0))\\fR" }.joined(separator: ", ")
    return item(spellings + (option.value.map { " \\fI\(escaped($0))\\fR" } ?? ""), option.help)
  }

  private static func item(_ title: String, _ text: String) -> String { ".TP\n\(title)\n" + paragraphs(text) }

  /// Lines of text; an empty one parts paragraphs, and one that is indented stays a line.
  private static func paragraphs(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let isItem = line.hasPrefix(" ")
      return line.allSatisfy(\.isWhitespace)
        ? ".PP\n" : (isItem ? ".br\n" : "") + escaped(line.trimmed) + "\n"
    }.joined()
  }

  /// As it is: backslashes and hyphens, and lines that would be commands. (`groff_char(7)`, `roff(7)`.)
  private static func escaped(_ text: some StringProtocol) -> String {
    let line = text.map { $0 == "\\" ? "\\e" : $0 == "-" ? "\\-" : String($0) }.joined()
    return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }
}
