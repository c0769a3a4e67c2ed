import Glibc
import Testing
import ZooExport
import ZooSystem

@testable import zoo

/// Help, completions and manual pages are made from one declaration, and say the same.
@Suite struct CompletionTests {
  private static let verbs = zoo.Program.synopses.map(\.name)
  private let synopses = zoo.Program.synopses

  private func synopsis(_ name: String) throws -> Synopsis {
    try #require(synopses.first { $0.name == name })
  }

  /// Whoever writes a new one says what it stands for.
  @Test(arguments: verbs) func everyPlaceholderIsKnown(_ name: String) throws {
    let synopsis = try synopsis(name)
    for option in synopsis.allOptions {
      if let value = option.value { #expect(Placeholder(value) != nil, "\(option.name) \(value)") }
    }
    for positional in synopsis.positionals { #expect(positional.placeholder != nil, "\(positional.name)") }
    #expect(Placeholder("WHATEVER") == nil && Placeholder("avg|WHATEVER") == nil)
  }

  @Test func placeholdersSayWhatTheyOffer() throws {
    #expect(Placeholder("float32|bf16")?.offers == [.word("float32"), .word("bf16")])
    #expect(Placeholder("OUT.zoo")?.offers == [.file(ending: "zoo")])
    #expect(Placeholder("BASE|FILE")?.offers == [.base, .file(ending: nil)])
    #expect(Placeholder("N")?.offers == [])
    #expect(Placeholder("LAYERS")?.offers == [.word("head"), .word("all"), .layer])
    let verify = try synopsis("verify")
    #expect(verify.places == [[.file(ending: "zoo"), .base], [.file(ending: nil)], []])
    #expect(try synopsis("probe").places == [[.file(ending: "zoo"), .base, .file(ending: nil)]])
  }

  @Test(arguments: verbs) func whatTheHelpNamesIsInAllOfThem(_ name: String) throws {
    let synopsis = try synopsis(name)
    let help = try Program.succeed(name, "--help")
    let options = help.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap { line in
      line.split { " ,".contains($0) }.prefix(2).map(String.init).filter { $0.hasPrefix("-") }
    }
    #expect(options.count >= 5 && options == synopsis.allOptions.flatMap(\.spellings))
    let page = ManualPage(synopsis)
    #expect(page.file == "zoo-\(name).1")
    let (bash, fish) = (
      try Program.succeed("completions", "bash"), try Program.succeed("completions", "fish")
    )
    let zsh = try zshArguments(of: name)
    for option in options {
      #expect(page.text.contains("\\fB\(option.replacing("-", with: "\\-"))\\fR"), "\(option)")
      #expect(bash.contains("\(option) ") || bash.contains("\(option)'"), "\(option)")
      #expect(zsh.contains(option), "\(option)")
      let spelled = option.hasPrefix("--") ? "-l \(option.dropFirst(2)) " : "-s \(option.dropFirst()) "
      let lines = fish.split(separator: "\n").filter { $0.contains("__fish_seen_subcommand_from \(name)'") }
      #expect(lines.contains { $0.contains(spelled) }, "\(option)")
    }
  }

  private func zshArguments(of name: String) throws -> Substring {
    let script = try Program.succeed("completions", "zsh")
    let start = try #require(script.firstRange(of: "    \(name))\n")).upperBound
    let rest = script[start...]
    return rest[..<(rest.firstRange(of: ";;")?.lowerBound ?? rest.endIndex)]
  }

  /// The formats to export to are listed in one place.
  @Test func everyFormatIsNamed() throws {
    let export = try synopsis("export")
    let offered = try #require(export.options.first { $0.name == "--output" }?.placeholder).offers
    let help = try Program.succeed("export", "--help")
    for format in ExportFormats.all {
      #expect(offered.contains(.file(ending: String(format.ending.dropFirst()))))
      #expect(help.contains("  \(format.ending) ") && help.contains(format.contents))
      #expect(ManualPage(export).text.contains(".br\n\\&\(format.ending) "))
    }
    let refused = try Program.run(["export", "model.zoo", "-o", "out.npz", "--half"])
    #expect(refused.status == 2 && refused.errors.contains("--half is for .onnx, not for .npz"))
  }

  @Test func theManualHasAPageForEachCommand() throws {
    let folder = try TemporaryFolder()
    try Program.succeed("manual", folder.path)
    #expect(
      Set(Program.files(in: folder.path))
        == Set([".", "..", "zoo.1"] + Self.verbs.map { "zoo-\($0).1" }))
    let page = String(
      decoding: try InputFile.contents(of: folder.path + "/zoo.1", limit: 1 << 20), as: UTF8.self)
    let overview = try Program.succeed("--help")
    for verb in Self.verbs { #expect(page.contains("zoo\\-\(verb)") && overview.contains("  \(verb) ")) }
    for variable in ["XDG_DATA_HOME", "ZOO_PLUGIN_PATH", "ZOO_HDF5_HELPER"] {
      #expect(page.contains(variable) && overview.contains("  \(variable) "))
    }
  }

  /// A page is no program: nothing in a text is taken for a command of roff.
  @Test func textsInManualPagesAreEscaped() {
    let page = ManualPage(
      Synopsis(
        name: "x", arguments: "", summary: "A \\backslash.", details: ".keras comes first\n\n'quoted'",
        options: [.value(.seed, "N", ".dot")])
    ).text
    #expect(page.contains("A \\ebackslash."))
    #expect(page.contains("\n\\&.keras comes first\n.PP\n\\&'quoted'\n"))
    #expect(page.contains("\n\\&.dot\n"))
  }

  /// In bash itself.
  @Test(arguments: [
    (["conv"], "convert"), (["pre"], "predict"), (["convert", "--out"], "--output"),
    (["convert", "--preprocessing", "ca"], "caffe"), (["convert", "--preprocessing", "=", "ca"], "caffe"),
    (["completions", "f"], "fish"), (["completions", "fish", ""], ""),
    (["train", "x", "--optimizer", "adam"], "adam adamw"), (["list", "--th"], "--threads"),
    (["list", "--threads", ""], ""), (["extract", "a.zoo", "b", "--resize", "bic"], "bicubic"),
    (["info", "mobilenet_0.25_12"], "mobilenet_0.25_128"), (["convert", "--base", "vgg1"], "vgg16 vgg19"),
    (["convert", "/usr/share/no"], ""), (["convert", "-o", "/et"], "/etc"),
    (["--json", "li"], "list"), (["--threads", "2", "-q", "pre"], "predict"), (["--threads", ""], ""),
    (["--json", "completions", "f"], "fish"), (["--threads", "=", "2", "train", "x", "--mon"], "--monitor"),
    (["extract", Program.demoBase, "x", "--layer", "conv_pw_13"], layers),
    (
      ["train", "-q", "none.zoo", Program.demoBase, "--unfreeze", "stage"],
      "stage1 stage2 stage3 stage4 stage5"
    ),
    (["train", Program.demoBase, "--unfreeze", "he"], "head"), (["extract", "none", "--layer", ""], ""),
  ]) func bashCompletes(_ words: [String], _ expected: String) throws {
    let folder = try TemporaryFolder()
    let script = try folder.file(
      "try.sh",
      """
      zoo() { '\(Program.path)' "$@"; }
      compopt() { :; }
      complete() { :; }
      eval "$(zoo completions bash)"
      COMP_WORDS=(zoo "$@")
      COMP_CWORD=$#
      _zoo
      printf %s "${COMPREPLY[*]}"
      """)
    let outcome = try Program.run([script] + words, executable: "/bin/bash")
    #expect(outcome.output == expected && outcome.errors.isEmpty, "\(outcome)")
  }

  private static let layers = "conv_pw_13 conv_pw_13_bn conv_pw_13_relu"

  /// In fish itself, where it is installed.
  @Test(
    .enabled(if: access("/usr/bin/fish", X_OK) == 0),
    arguments: [
      ("conv", ["convert"]), ("--json li", ["list"]), ("train x --optimizer ada", ["adam", "adamw"]),
      ("extract \(Program.demoBase) x --layer conv_pw_13", layers.split(separator: " ").map(String.init)),
      ("train \(Program.demoBase) --unfreeze hea", ["head"]),
    ]) func fishCompletes(_ line: String, _ expected: [String]) throws
  {
    let script = """
      function zoo; '\(Program.path)' $argv; end
      zoo completions fish | source
      complete -C 'zoo \(line)'
      """
    let outcome = try Program.run(["--no-config", "-c", script], executable: "/usr/bin/fish")
    let offered = outcome.output.split(separator: "\n").compactMap { $0.split(separator: "\t").first }
    #expect(offered.map(String.init) == expected, "\(outcome)")
  }

  /// zsh offers to people only; it must at least understand it.
  @Test(.enabled(if: access("/usr/bin/zsh", X_OK) == 0)) func zshUnderstandsIt() throws {
    let folder = try TemporaryFolder()
    let script = try folder.file("_zoo", try Program.succeed("completions", "zsh"))
    let outcome = try Program.run(["-n", script], executable: "/usr/bin/zsh")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
  }

  @Test func thereAreNoOtherShells() throws {
    let outcome = try Program.run(["completions", "tcsh"])
    #expect(outcome.status == 2 && outcome.errors.contains("bash, zsh and fish, found 'tcsh'"))
  }
}
