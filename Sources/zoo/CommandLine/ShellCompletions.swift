/// What the completions of all shells have in common.
enum ShellCompletions {
  /// A program for awk: the names of stages and layers out of what 'zoo info --layers' says. Without single quotes.
  static let layers = """
    /^  stages/ { for (i = 2; i <= NF; i += 2) print $i } /^total parameters/ { inside = 0 } inside { print $1 } \
    /^layer / { inside = 1 }
    """

  /// All spellings of options that have a value, which is the same in all verbs, with spaces around each.
  static func valued(_ synopses: [Synopsis]) -> String {
    " \(Set(synopses.flatMap(\.valued)).sorted().joined(separator: " ")) "
  }
}
