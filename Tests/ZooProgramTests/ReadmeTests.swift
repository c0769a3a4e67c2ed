import Glibc
import Testing
import ZooSystem

/// The front door tells the truth: its commands run, print what it shows, and nothing that it names is missing.
@Suite struct ReadmeTests {
  private let lines: [Substring]

  init() throws {
    let bytes = try InputFile.contents(of: Program.root + "/README.md", limit: 1 << 20)
    lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// A command that is shown, with what it prints.
  private struct Shown {
    var command: Substring
    var output: [Substring] = []
  }

  /// Of the blocks that are marked `console`.
  private var shown: [Shown] {
    var shown: [Shown] = []
    var isInside = false
    for line in lines {
      if line.hasPrefix("```") {
        isInside = line == "```console"
      } else if isInside, line.hasPrefix("$ ") {
        shown.append(Shown(command: line.dropFirst(2)))
      } else if isInside {
        shown[shown.count - 1].output.append(line)
      }
    }
    return shown
  }

  /// Numbers depend on the machine.
  private func withoutNumbers(_ line: Substring) -> String {
    String(line).replacing(#/[0-9][0-9.,]*/#, with: "#")
  }

  @Test func commandsPrintWhatIsShown() throws {
    let folder = try TemporaryFolder()
    let built = Program.path.split(separator: "/").dropLast().joined(separator: "/")
    func run(_ command: String) throws -> Program.Outcome {
      let script = "PATH=/\(built):$PATH && cd \(folder.path) && \(command)"
      return try Program.run(["-c", script], executable: "/bin/sh", home: folder.path)
    }
    #expect(try run("ln -s \(Program.root)/zoo zoo && zoo-demo pictures pictures").status == 0)
    try #require(shown.count >= 6)
    for shown in shown {
      let outcome = try run("{ \(shown.command) ; } 2>&1")
      #expect(outcome.status == 0, "\(shown.command)")
      let printed = outcome.output.split(separator: "\n")
      #expect(printed.map(withoutNumbers) == shown.output.map(withoutNumbers), "\(shown.command)")
    }
  }

  @Test func everyVerbIsThere() throws {
    let verbs = try Program.succeed("--help").split(separator: "\n").compactMap { line in
      line.prefixMatch(of: #/  ([a-z]+) /#)?.1
    }
    try #require(verbs.count > 10)
    for verb in verbs {
      #expect(lines.contains { $0.contains("`zoo \(verb)") }, "\(verb)")
    }
  }

  @Test func everyOptionExists() throws {
    let help = try Program.succeed("--help")
    let verbs = lines.joined(separator: "\n").matches(of: #/`zoo ([a-z]+)/#).map(\.1)
    let helps = try Set(verbs).map { try Program.succeed(String($0), "--help") } + [help]
    for line in lines {
      for option in line.matches(of: #/--[a-z][a-z0-9-]+/#).map(\.0) {
        #expect(helps.contains { $0.contains(option) }, "\(option)")
      }
    }
  }

  /// What is in no one's way is read.
  @Test func isShort() {
    #expect(lines.count <= 180)
  }

  @Test func filesThatItNamesExist() throws {
    for name in lines.joined(separator: "\n").matches(of: #/\]\(([A-Za-z][A-Za-z\/.-]*)/#).map(\.1) {
      #expect(access(Program.root + "/" + name, F_OK) == 0, "\(name)")
    }
  }
}
