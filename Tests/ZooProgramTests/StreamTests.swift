import FoundationEssentials
import Glibc
import Testing
import ZooArrays
import ZooSystem

/// Pictures and lists from standard input, tables to standard output.
@Suite struct StreamTests {
  private let folder: TemporaryFolder
  private let model: String
  private let pictures: PictureFolder

  init() throws {
    folder = try TemporaryFolder()
    model = folder.path + "/demo.zoo"
    pictures = try PictureFolder(classes: ["train/a", "train/b", "val/a", "val/b"], count: 2)
    try Program.succeed("convert", Program.demoBase, "--labels", Program.demoLabels, "-o", model, "--quiet")
  }

  /// `script` in a shell in the folder, where `$0` is the program and `$P` the pictures.
  private func shell(_ script: String) throws -> Program.Outcome {
    try Program.run(
      ["-c", "cd '\(folder.path)'; P='\(pictures.path)'; " + script, Program.path], executable: "/bin/sh")
  }

  private func lines(_ script: String) throws -> [String] {
    let outcome = try shell(script)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.output.split(whereSeparator: \.isNewline).map(String.init)
  }

  @Test func aPictureComesThroughAPipe() throws {
    let piped = try lines("cat $P/val/a/1.bmp | $0 predict demo.zoo - --top 1")
    #expect(piped[0] == "-")
    #expect(piped[1...] == (try lines("$0 predict demo.zoo $P/val/a/1.bmp --top 1"))[1...])
    #expect(try lines("$0 extract demo.zoo - -o - --format csv < $P/val/a/1.bmp")[1].hasPrefix("-,"))
  }

  @Test(arguments: [
    "$0 predict demo.zoo @list --json", "$0 predict demo.zoo @- --json < list",
    "tr '\\n' '\\0' < list | $0 predict demo.zoo --from0 --json",
    "{ printf '\\357\\273\\277'; sed 's/$/\\r/' list; } | $0 predict demo.zoo @- --json",
  ]) func listsNamePictures(command: String) throws {
    struct Row: Decodable { var path: String }
    let named = ["val/a/1.bmp", "train/b/0.bmp"].map { "\(pictures.path)/\($0)" }
    _ = try folder.file("list", named.joined(separator: "\n") + "\n")
    let json = try lines(command).joined()
    #expect(try JSONDecoder().decode([Row].self, from: Data(json.utf8)).map(\.path) == named)
  }

  @Test func standardInputIsUsedOnce() throws {
    let outcome = try shell("$0 predict demo.zoo - @- < /dev/null")
    #expect(outcome.status == 2 && outcome.errors.contains("standard input can be used once only"))
    let text = try shell("echo text | $0 predict demo.zoo -")
    #expect(text.status == 1 && text.errors.contains("standard input: is text, not a picture"))
    let picture = try shell("$0 predict demo.zoo @- < $P/val/a/1.bmp")
    #expect(picture.status == 1 && picture.errors.contains("standard input: is not a list of names"))
  }

  /// What comes on standard output is what would be in the file, and nothing else.
  @Test(arguments: ["csv", "npy", "jsonl", "npz", "safetensors", "h5"]) func featuresAreStreamed(
    _ format: String
  )
    throws
  {
    let outcome = try shell(
      "$0 extract demo.zoo $P -o f.\(format) -q && $0 extract demo.zoo $P -o - --format \(format) > g && cmp f.\(format) g"
    )
    #expect(outcome.status == 0, "\(outcome)")
  }

  @Test func featuresHaveLabelsAndSplits() throws {
    _ = try lines("$0 extract demo.zoo $P -o f.npz -q")
    let file = try NpzFile(folder.path + "/f.npz")
    #expect(try file.strings("class_names", limit: 1 << 16) == ["a", "b"])
    #expect(
      try file.strings("split", limit: 1 << 16) == Array(repeating: "train", count: 4)
        + Array(repeating: "val", count: 4))
    let table = try lines("$0 extract demo.zoo $P -o - --format csv -q")
    #expect(table[0].hasPrefix("path,label,split,f0,") && table.count == 9)
    #expect(table[1].hasPrefix("\(pictures.path)/train/a/0.bmp,a,train,"))
    #expect(table[8].hasPrefix("\(pictures.path)/val/b/1.bmp,b,val,"))
  }

  @Test func severalLabelsAreARow() throws {
    try pictures.write("all.csv", Array("f,label\ntrain/a/0.bmp,x|y\nval/b/1.bmp,y\n".utf8))
    let table = try lines("$0 extract demo.zoo $P --labels $P/all.csv -o - --format csv -q")
    #expect(table[1].contains("/train/a/0.bmp,x|y,") && table[2].contains("/val/b/1.bmp,y,"))
    _ = try lines("$0 extract demo.zoo $P --labels $P/all.csv -o f.npz -q")
    #expect(try NpzFile(folder.path + "/f.npz").array("labels").header.shape == [2, 2])
  }

  @Test func predictionsAreTables() throws {
    let table = try lines("$0 predict demo.zoo $P/val -o - --format csv --top 2")
    #expect(table[0] == "path,class,probability,class_2,probability_2" && table.count == 5)
    struct Row: Decodable {
      struct Prediction: Decodable { var label: String }
      var path: String
      var predictions: [Prediction]
    }
    _ = try lines("$0 predict demo.zoo $P/val -o p.jsonl --top 2 -q")
    let rows = try lines("cat p.jsonl").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    for (row, line) in zip(rows, table.dropFirst()) {
      #expect(line.hasPrefix("\(row.path),\(row.predictions[0].label),"))
    }
    let outcome = try shell("$0 predict demo.zoo $P/val -o p.parquet")
    #expect(outcome.status == 2 && outcome.errors.contains("written as .csv or .jsonl, found .parquet"))
  }

  @Test func formatsAreNeverGuessed() throws {
    for arguments in ["-o -", "-o - --format xyz", "-o f.csv --format npy", "-o - --format csv --json"] {
      let outcome = try shell("$0 extract demo.zoo $P \(arguments)")
      #expect(outcome.status == 2, "\(arguments): \(outcome)")
    }
  }

  /// Whoever read the first lines of a training and went away does not end it; results that nobody reads end in silence.
  @Test func aClosedPipeEndsNoTraining() throws {
    let options = "--no-top -o base.zoo -q"
    let outcome = try shell(
      """
      $0 convert '\(Program.demoBase)' \(options)
      $0 train base.zoo $P -o t.zoo --epochs 3 --head linear 2>&1 | true
      test -f t.zoo && $0 list | true
      """)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    #expect(access(folder.path + "/t.zoo", F_OK) == 0)
  }
}
