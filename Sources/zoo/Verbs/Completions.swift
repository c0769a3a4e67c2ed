/// `zoo completions`: what a shell needs to complete this program's arguments.
enum Completions: Verb {
  static let synopsis = Synopsis(
    name: "completions", arguments: "bash|zsh|fish",
    summary: "Print the completions for a shell.",
    details: """
      'make install' and the packages put them where shells look for them. For a program that is run from elsewhere:
      eval "$(zoo completions bash)" in ~/.bashrc, the same with zsh in ~/.zshrc, or
      zoo completions fish | source in fish's configuration.
      """)

  private enum Shell: String, CaseIterable { case bash, zsh, fish }

  static func run(_ context: Context) throws {
    let name = try context.arguments.single("bash|zsh|fish")
    guard let shell = Shell(rawValue: name) else {
      throw UsageError("there are completions for bash, zsh and fish, found '\(name)'")
    }
    let script =
      switch shell {
      case .bash: BashCompletions.script(Program.synopses)
      case .zsh: ZshCompletions.script(Program.synopses)
      case .fish: FishCompletions.script(Program.synopses)
      }
    // Ends with a line's end already.
    context.console.print(String(script.dropLast()))
  }
}
