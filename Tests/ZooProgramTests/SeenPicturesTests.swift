import FoundationEssentials
import Testing
import ZooSystem

/// What a model was trained on belongs to it, and is not measured unawares.
@Suite struct SeenPicturesTests {
  private struct Evaluation: Decodable {
    var pictures: Int
    var knowledge: String
    var leftOutAsTrainedOn: Int
  }

  private let folder: TemporaryFolder
  private let base: String
  private let model: String
  private let pictures: PictureFolder

  init() throws {
    folder = try TemporaryFolder()
    base = folder.path + "/base.zoo"
    model = folder.path + "/model.zoo"
    pictures = try PictureFolder(classes: ["checker", "plain"], count: 10)
    try Program.succeed("convert", Program.demoBase, "--no-top", "-o", base, "--quiet")
  }

  private func train(from base: String, on data: String, to output: String, _ options: String...) throws {
    let outcome = try Program.run(
      ["train", base, data, "-o", output, "--batch", "8", "--epochs", "1", "--no-plan", "--head", "linear"]
        + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
  }

  private func evaluate(_ data: String) throws -> (Evaluation, errors: String) {
    let outcome = try Program.run(["evaluate", model, data, "--json"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    return (try JSONDecoder().decode(Evaluation.self, from: Data(outcome.output.utf8)), outcome.errors)
  }

  @Test func onlyWhatWasHeldOutIsMeasured() throws {
    try train(from: base, on: pictures.path, to: model, "--seed", "3")
    let (found, errors) = try evaluate(pictures.path)
    #expect(found.pictures == 4 && found.leftOutAsTrainedOn == 16 && found.knowledge == "held out")
    #expect(
      errors.contains("measured on the 4 pictures that it was not trained on; the other 16 are left out"))
    let text = try Program.succeed("evaluate", model, pictures.path)
    #expect(text.hasPrefix("4 pictures (not trained on), 2 classes\n") && !text.contains("top-5"))
    let report = try Program.succeed("report", model, pictures.path, "--json")
    #expect(report.contains("\"leftOutAsTrainedOn\" : 16"))
    let card = try Program.succeed("info", model)
    #expect(card.contains("trained on     16 pictures, 4 held out at random: share 0.2, seed 3"))
    #expect(!card.contains("0 bytes") && !card.contains("SHA-256") && !card.contains("top-1"), "\(card)")
  }

  @Test func thatNothingWasHeldOutIsSaidLoudly() throws {
    let parted = try PictureFolder(classes: ["train/a", "train/b", "val/a", "val/b"], count: 3)
    try train(from: base, on: parted.path, to: model)
    let (found, errors) = try evaluate(parted.path + "/train")
    #expect(found.pictures == 6 && found.knowledge == "trained on")
    #expect(errors.contains("zoo: warning: all 6 pictures were trained on"))
    #expect(try evaluate(parted.path).0.knowledge == "held out")
    let page = folder.path + "/page.html"
    try Program.succeed("report", model, parted.path + "/train", "-o", page)
    let html = String(decoding: try InputFile.contents(of: page, limit: 1 << 24), as: UTF8.self)
    #expect(html.contains("<p class=\"warning\">All 6 pictures were trained on"))
  }

  /// A model that is trained on has seen what its base has seen.
  @Test func whatTheBaseHasSeenCounts() throws {
    let other = try PictureFolder(classes: ["only", "other"], count: 6)
    let first = folder.path + "/first.zoo"
    try train(from: base, on: other.path, to: first)
    let again = try Program.run([
      "train", first, other.path, "-o", model, "--batch", "8", "--epochs", "1", "--no-plan", "--seed", "4",
      "--validation-split", "0.5",
    ])
    #expect(again.status == 0 && again.errors.contains("validation will flatter"), "\(again)")
    #expect(try evaluate(other.path).0.pictures < 6)
  }

  /// A copy of a picture to learn from tells nothing, wherever it is held out.
  @Test func copiesThatAreHeldOutAreSaid() throws {
    let parted = try PictureFolder(classes: ["train/a", "train/b", "val/a", "val/b"], count: 3)
    let bytes = try InputFile.contents(of: parted.path + "/train/a/1.bmp", limit: 1 << 20)
    try parted.write("val/a/copy.bmp", bytes)
    let outcome = try Program.run([
      "train", base, parted.path, "-o", model, "--epochs", "1", "--no-plan", "--head", "linear",
    ])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(
      outcome.errors.contains("1 of the pictures that are held out are also amongst those to learn from"),
      "\(outcome.errors)")
    #expect(try evaluate(parted.path).0.leftOutAsTrainedOn == 1)
  }

  @Test func ofOtherModelsItIsUnknown() throws {
    try Program.succeed("convert", Program.demoBase, "--labels", Program.demoLabels, "-o", model)
    let drawn = try PictureFolder(classes: ["checker", "ring"], count: 2)
    let (found, errors) = try evaluate(drawn.path)
    #expect(found.pictures == 4 && found.knowledge == "unknown")
    #expect(errors.contains("it is unknown which pictures the model was trained on"))
    #expect(!errors.contains("class 0 is taken for"))
    let unnamed = folder.path + "/unnamed.zoo"
    try Program.succeed("convert", Program.demoBase, "-o", unnamed)
    let eight = try PictureFolder(classes: (0..<8).map { "class\($0)" }, count: 1)
    let assumed = try Program.run(["evaluate", unnamed, eight.path])
    #expect(
      assumed.status == 0
        && assumed.errors.contains("class 0 is taken for 'class0', class 7 for 'class7'"), "\(assumed)")
  }
}
