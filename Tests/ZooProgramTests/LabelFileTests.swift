import FoundationEssentials
import Testing
import ZooSystem

/// Pictures whose classes come from a CSV file, on the real program.
@Suite struct LabelFileTests {
  let folder: TemporaryFolder
  let base: String
  let pictures: PictureFolder

  init() throws {
    folder = try TemporaryFolder()
    base = folder.path + "/base.zoo"
    pictures = try PictureFolder(classes: ["checker", "plain"], count: 12)
    try Program.succeed("convert", Program.demoBase, "--no-top", "-o", base, "--quiet")
  }

  /// A line for each picture in the order in which folders are listed, `class` made from its folder's name.
  private func label(_ header: String, _ class: (String) -> String) throws -> String {
    let lines = ["checker", "plain"].flatMap { name in
      (0..<12).map(String.init).sorted().map { "\(name)/\($0).bmp,\(`class`(name))" }
    }
    return try folder.file("labels.csv", ([header] + lines).joined(separator: "\n") + "\n")
  }

  private func train(_ output: String, labels: String, _ options: String...) throws -> Program.Outcome {
    try Program.run(
      [
        "train", base, pictures.path, "--labels", labels, "-o", "\(folder.path)/\(output)", "--batch", "8",
        "--threads", "1", "--no-plan",
      ] + options)
  }

  /// Every picture is `small`, one half is `dark` as well.
  @Test(arguments: [
    ("filename,labels", "dark|small", "small"), ("filename,dark,small", "1,1", "0,1"),
  ])
  func severalClassesAPictureAreLearnt(header: String, dark: String, bright: String) throws {
    struct Evaluation: Decodable {
      var accuracy: Double
      var exactMatch: Double
      var meanAveragePrecision: Double
    }
    struct Picture: Decodable { var labels: [String] }
    let file = try label(header) { $0 == "checker" ? dark : bright }
    let outcome = try train("model.zoo", labels: file, "--loss", "binary", "--epochs", "30")
    try #require(outcome.status == 0, "\(outcome.errors)")
    let model = folder.path + "/model.zoo"
    let json = try Program.succeed("evaluate", model, pictures.path, "--labels", file, "--json")
    let evaluation = try JSONDecoder().decode(Evaluation.self, from: Data(json.utf8))
    #expect(evaluation.accuracy == 1 && evaluation.exactMatch == 1 && evaluation.meanAveragePrecision == 1)
    let predicted = try Program.succeed(
      "predict", model, pictures.path + "/checker/1.bmp", pictures.path + "/plain/1.bmp", "--json")
    #expect(
      try JSONDecoder().decode([Picture].self, from: Data(predicted.utf8)).map(\.labels) == [
        ["dark", "small"], ["small"],
      ])
  }

  @Test func oneClassAPictureIsTheSameAsClassFolders() throws {
    let file = try label("path,class") { $0 }
    try #require(try train("file.zoo", labels: file, "--epochs", "2").status == 0)
    try Program.succeed(
      "train", base, pictures.path, "-o", folder.path + "/folders.zoo", "--batch", "8", "--threads", "1",
      "--epochs", "2", "--no-plan")
    let limit = 1 << 26
    #expect(
      try InputFile.contents(of: folder.path + "/file.zoo", limit: limit)
        == InputFile.contents(of: folder.path + "/folders.zoo", limit: limit))
  }

  @Test func severalClassesNeedTheBinaryLoss() throws {
    let file = try label("filename,labels") { $0 + "|small" }
    try Program.refuse(
      ["train", base, pictures.path, "--labels", file, "-o", folder.path + "/no.zoo"],
      saying: ["checker/", "has 2 classes (checker, small)", "--loss binary"], writingNothingIn: folder)
  }

  @Test func badRowsAreRefusedByTheirLine() throws {
    let file = try folder.file("labels.csv", "filename,labels\nplain/1.bmp,plain\nplain/99.bmp,checker\n")
    for verb in [["train", base], ["probe", base], ["doctor"]] {
      try Program.refuse(
        verb + [pictures.path, "--labels", file]
          + (verb[0] == "train" ? ["-o", folder.path + "/no.zoo"] : []),
        saying: ["labels.csv: line 3", "plain/99.bmp"], writingNothingIn: folder)
    }
  }
}
