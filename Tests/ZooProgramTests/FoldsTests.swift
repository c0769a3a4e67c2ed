import FoundationEssentials
import Testing
import ZooArrays
import ZooSystem

/// `zoo train --folds` on the demo's base.
@Suite struct FoldsTests {
  private let folder: TemporaryFolder
  private let base: String
  private let pictures: PictureFolder

  init() throws {
    folder = try TemporaryFolder()
    base = folder.path + "/base.zoo"
    pictures = try PictureFolder(classes: ["checker", "plain"], count: 9)
    try Program.succeed("convert", Program.demoBase, "--no-top", "-o", base, "--quiet")
  }

  private func train(_ output: String, _ options: String..., on data: String? = nil) throws -> Program.Outcome
  {
    try Program.run(
      [
        "train", base, data ?? pictures.path, "-o", "\(folder.path)/\(output)", "--batch", "8", "--threads",
        "1",
        "--head", "linear",
      ] + options)
  }

  private struct Scores: Decodable { var accuracy, loss, macroF1: Double }

  private struct Event: Decodable {
    var event: String
    var fold, of, pictures: Int?
    var scores, mean, spread, all: Scores?
    var folds: String?

    private enum Keys: String, CodingKey { case event, fold, of, pictures, scores, mean, spread, all, folds }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Keys.self)
      event = try values.decode(String.self, forKey: .event)
      fold = try values.decodeIfPresent(Int.self, forKey: .fold)
      of = try values.decodeIfPresent(Int.self, forKey: .of)
      pictures = try values.decodeIfPresent(Int.self, forKey: .pictures)
      scores = try values.decodeIfPresent(Scores.self, forKey: .scores)
      mean = try values.decodeIfPresent(Scores.self, forKey: .mean)
      spread = try values.decodeIfPresent(Scores.self, forKey: .spread)
      all = try values.decodeIfPresent(Scores.self, forKey: .all)
      folds = try? values.decodeIfPresent(String.self, forKey: .folds)
    }
  }

  /// The table, without its header.
  private func rows(_ name: String) throws -> [[String]] {
    let text = String(
      decoding: try InputFile.contents(of: "\(folder.path)/\(name)", limit: 1 << 24), as: UTF8.self)
    return text.split(separator: "\r\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test func eachFoldIsMeasuredByAModelThatDoesNotKnowIt() throws {
    let outcome = try train("a.zoo", "--folds", "3", "--epochs", "3", "--json")
    try #require(outcome.status == 0, "\(outcome.errors)")
    let events = try outcome.output.split(separator: "\n").map {
      try JSONDecoder().decode(Event.self, from: Data($0.utf8))
    }
    #expect(
      events.map(\.event) == ["plan", "fold", "fold", "fold", "folds", "epoch", "epoch", "epoch", "end"])
    let folds = events.filter { $0.event == "fold" }
    #expect(folds.map(\.fold) == [1, 2, 3] && folds.allSatisfy { $0.of == 3 && $0.pictures == 6 })
    // The figures are those of the table: with two classes the larger probability is the answer.
    let rows = try rows("a.folds.csv")
    #expect(rows.count == 18 && Set(rows.map { $0[0] }).count == 18)
    for fold in folds {
      let own = rows.filter { $0[1] == "\(fold.fold ?? 0)" }
      let right = own.count { ($0[2] == "checker") == ((Float($0[3]) ?? 0) > (Float($0[4]) ?? 0)) }
      #expect(own.count { $0[2] == "checker" } == 3)
      #expect(abs((fold.scores?.accuracy ?? -1) - Double(right) / 6) < 1e-9)
    }
    let accuracies = folds.compactMap(\.scores?.accuracy)
    let summary = try #require(events.first { $0.event == "folds" })
    #expect(abs((summary.mean?.accuracy ?? -1) - accuracies.reduce(0, +) / 3) < 1e-9)
    #expect(summary.all != nil && summary.spread != nil)
    #expect(events.last?.folds == folder.path + "/a.folds.csv")
  }

  @Test func theModelKnowsAllPictures() throws {
    let outcome = try train("a.zoo", "--folds", "3", "--epochs", "2")
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("18 pictures in 3 folds, 2 classes: 4 trainings"), "\(outcome.output)")
    #expect(outcome.output.contains("it was trained on all 18 pictures"))
    let evaluated = try Program.run(["evaluate", folder.path + "/a.zoo", pictures.path])
    #expect(evaluated.errors.contains("all 18 pictures were trained on"), "\(evaluated.errors)")
    let trained = try page("a.report.html")
    #expect(trained.contains("<section id=\"folds\"") && trained.contains("<a href=\"#folds\">"))
    #expect(trained.contains("Each of the 18 pictures was told by a model that was not trained on it"))
    let again = folder.path + "/again.html"
    try Program.succeed("report", folder.path + "/a.zoo", pictures.path, "-o", again, "--quiet")
    #expect(try page("again.html").contains("All 18 pictures were trained on"))
    #expect(try page("again.html").contains("<section id=\"folds\""))
  }

  private func page(_ name: String) throws -> String {
    String(decoding: try InputFile.contents(of: "\(folder.path)/\(name)", limit: 1 << 24), as: UTF8.self)
  }

  /// What a data set holds out takes no part, and is there to measure on.
  @Test func whatIsHeldOutStaysSo() throws {
    let parted = try PictureFolder(classes: ["train/a", "train/b", "val/a", "val/b"], count: 6)
    let outcome = try train("a.zoo", "--folds", "2", "--epochs", "2", on: parted.path)
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(try rows("a.folds.csv").allSatisfy { $0[0].contains("/train/") })
    let evaluated = try Program.run(["evaluate", folder.path + "/a.zoo", parted.path])
    #expect(evaluated.errors.contains("measured on 12 pictures, none of which"), "\(evaluated.errors)")
  }

  @Test(arguments: [
    ["--head", "dense:8:relu,dropout:0.3,dense", "--balance"], ["--loss", "binary"],
    ["--augment", "flip,rotation:0.1", "--augment-variants", "2"], ["--unfreeze", "conv_pw_13"],
  ])
  func theSameSeedGivesTheSameBytes(options: [String]) throws {
    for name in ["a", "b"] {
      let outcome = try Program.run(
        [
          "train", base, pictures.path, "-o", "\(folder.path)/\(name).zoo", "--batch", "8", "--threads", "1",
          "--folds", "2", "--epochs", "2",
        ] + options)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("is a training of its own") == options.contains("--unfreeze"))
    }
    for ending in ["zoo", "folds.csv"] {
      let (first, second) = (
        try InputFile.contents(of: "\(folder.path)/a.\(ending)", limit: 1 << 26),
        try InputFile.contents(of: "\(folder.path)/b.\(ending)", limit: 1 << 26)
      )
      #expect(first == second, "\(ending)")
    }
  }

  @Test(arguments: [
    (["--patience", "2"], "leave --patience out"), (["--monitor", "loss"], "leave --monitor out"),
    (["--plateau", "0.1:2"], "leave --plateau out"), (["--validation-split", "0.1"], "--validation-split"),
    (["--resume"], "--resume does not go with --folds"), (["--folds", "1"], "--folds needs a whole number"),
  ])
  func whatWouldFlatterIsRefused(options: [String], reason: String) throws {
    let outcome = try Program.run(
      ["train", base, pictures.path, "-o", folder.path + "/a.zoo", "--folds", "3"] + options)
    #expect(outcome.status == 2 && outcome.errors.contains(reason), "\(outcome)")
  }

  @Test func aClassNeedsAPictureForEachFold() throws {
    try Program.refuse(
      ["train", base, pictures.path, "-o", folder.path + "/a.zoo", "--folds", "10"],
      saying: ["'checker' has 9 pictures", "choose 9 folds at most"], writingNothingIn: folder)
  }

  @Test func aFoldThatRunsAwayIsNamed() throws {
    let outcome = try train("a.zoo", "--folds", "2", "--optimizer", "sgd", "--stages", "head:2@1e30")
    #expect(
      outcome.status == 1 && outcome.errors.contains(" of 2 the loss has run away"), "\(outcome.errors)")
    #expect(
      !Program.files(in: folder.path).contains { $0.hasPrefix("a.") }, "\(Program.files(in: folder.path))")
  }
}
