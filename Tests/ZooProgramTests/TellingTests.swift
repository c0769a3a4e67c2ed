import FoundationEssentials
import Testing
import ZooArrays
import ZooImage
import ZooSystem

/// What a classifier tells beside its classes: heat maps, means over mirror images, thresholds.
@Suite struct TellingTests {
  private struct Row: Decodable {
    struct Prediction: Decodable {
      var index: Int
      var label: String
      var score: Float
    }

    struct Explained: Decodable {
      var label, layer, output: String
    }

    var labels: [String]?
    var thresholds: [Double]?
    var predictions: [Prediction]
    var explained: Explained?

    /// By class.
    var scores: [Float] { predictions.sorted { $0.index < $1.index }.map(\.score) }
  }

  private let folder: TemporaryFolder
  private let model: String
  private let pictures: PictureFolder

  init() throws {
    folder = try TemporaryFolder()
    model = folder.path + "/demo.zoo"
    pictures = try PictureFolder(classes: ["checker", "plain"], count: 10)
    try Program.succeed(
      "convert", Program.demoBase, "--labels", Program.demoLabels, "-o", model, "--quiet")
  }

  private func predict(_ arguments: String...) throws -> [Row] {
    let outcome = try Program.run(["predict", model] + arguments + ["--top", "8", "--json"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode([Row].self, from: Data(outcome.output.utf8))
  }

  // MARK: Heat maps

  @Test func onePictureIsExplained() throws {
    let (picture, map) = (pictures.path + "/checker/1.bmp", folder.path + "/map.png")
    let rows = try predict(picture, "--explain", map)
    let explained = try #require(rows[0].explained)
    #expect(explained.label == rows[0].predictions[0].label && explained.output == map)
    #expect(explained.layer == "conv_pw_13_relu")
    // As large as the network sees pictures, and not the picture itself.
    let size = try PictureSize(of: map)
    #expect(size.height == 128 && size.width == 128)
    let text = try Program.succeed("predict", model, picture, "--explain", map)
    #expect(text.contains("  what speaks for \(explained.label), by conv_pw_13_relu: \(map)"), "\(text)")
  }

  @Test func severalAreExplainedInAFolderOrAnArray() throws {
    let maps = folder.path + "/maps"
    let rows = try predict(pictures.path, "--explain", maps)
    #expect(rows.count == 20 && Set(rows.compactMap(\.explained?.output)).count == 20)
    // Both classes have a 1.bmp.
    let names = Program.files(in: maps)
    #expect(names.count == 22 && names.contains("1.png") && names.contains("1_1.png"), "\(names)")
    try FileManager.default.removeItem(atPath: maps)
    let array = folder.path + "/maps.npy"
    _ = try predict(pictures.path, "--explain", array, "--explain-layer", "conv_pw_5_relu")
    #expect(try NpyFile(array).header.shape == [20, 16, 16])
  }

  @Test(arguments: [
    (["--explain", "OUT/a.png"], 2, "there are 20"), (["--explain", "OUT/a.gif"], 2, "found .gif"),
    (["--explain-layer", "conv_pw_13_relu"], 2, "--explain-layer is for --explain"),
    (["--explain", "OUT/a.npy", "--explain-layer", "conv_pw_99"], 1, "did you mean"),
    (["--explain", "OUT/a.npy", "--explain-layer", "predictions"], 1, "no feature map"),
    (["--tta", "turn"], 2, "--tta is one of flip, found 'turn'"),
  ])
  func whatIsNotWrittenIsRefused(options: [String], status: Int32, reason: String) throws {
    let outcome = try Program.run(
      ["predict", model, pictures.path] + options.map { $0.replacing("OUT", with: folder.path) })
    #expect(outcome.status == status && outcome.errors.contains(reason), "\(outcome)")
    #expect(!Program.files(in: folder.path).contains { $0.hasPrefix("a.") })
  }

  // MARK: Mirror images

  /// The mean of what is said of a picture and of its mirror image, which is made here.
  @Test func probabilitiesAreAveraged() throws {
    let pixels = try NpyFile(Program.root + "/Tests/Goldens/demo/pixels.npy")
    let count = pixels.rows * pixels.header.rowElements
    var values = [Float](repeating: 0, count: count)
    try values.withUnsafeMutableBufferPointer { try pixels.read(rows: 0..<pixels.rows, into: $0) }
    let width = pixels.header.shape[2]
    var mirrored = values
    for index in values.indices {
      let (row, x, channel) = (index / (width * 3), index / 3 % width, index % 3)
      mirrored[(row * width + width - 1 - x) * 3 + channel] = values[index]
    }
    let flipped = folder.path + "/flipped.npy"
    let writer = try NpyWriter(flipped, rowShape: Array(pixels.header.shape.dropFirst()))
    try writer.rows.append(mirrored)
    try writer.finish()
    let (own, other) = (try predict(pixels.path), try predict(flipped))
    let averaged = try predict(pixels.path, "--tta", "flip")
    #expect(averaged.count == pixels.rows && own.map(\.scores) != other.map(\.scores))
    for (row, (own, other)) in zip(averaged, zip(own, other)) {
      for (found, (one, two)) in zip(row.scores, zip(own.scores, other.scores)) {
        #expect(abs(found - (one + two) / 2) < 1e-6)
      }
    }
  }

  @Test func evaluateAndReportSaySo() throws {
    struct Answer: Decodable {
      var tta: String?
    }
    for (options, expected) in [([], nil), (["--tta", "flip"], "flip")] as [([String], String?)] {
      let drawn = try PictureFolder(classes: ["checker", "ring"], count: 2)
      let outcome = try Program.run(["evaluate", model, drawn.path, "--json"] + options)
      #expect(try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8)).tta == expected)
      let page = folder.path + "/page.html"
      let report = try Program.run(["report", model, drawn.path, "-o", page] + options)
      #expect(report.status == 0, "\(report.errors)")
      let html = String(decoding: try InputFile.contents(of: page, limit: 1 << 24), as: UTF8.self)
      #expect(html.contains("means over each picture and its mirror image") == (expected != nil))
      #expect(html.contains("Grad-CAM by the layer 'conv_pw_13_relu'"))
    }
  }

  // MARK: Thresholds

  private func train(_ output: String, _ options: String...) throws -> Program.Outcome {
    try Program.run(
      [
        "train", model, pictures.path, "-o", "\(folder.path)/\(output)", "--batch", "8", "--epochs", "2",
        "--head", "linear", "--no-plan",
      ] + options)
  }

  @Test func chosenThresholdsBelongToTheModel() throws {
    struct Evaluation: Decodable {
      struct Score: Decodable { var threshold: Double }
      var perClass: [Score]
    }
    let trained = try train("tags.zoo", "--loss", "binary", "--threshold", "f1")
    try #require(trained.status == 0, "\(trained.errors)")
    #expect(
      trained.output.contains("thresholds, chosen by the best F1 on 4 pictures that were held out: checker"))
    let tags = folder.path + "/tags.zoo"
    let card = try Program.succeed("info", tags)
    #expect(card.contains("chosen by the best F1 on 4 pictures"), "\(card)")
    let json = try Program.run(["evaluate", tags, pictures.path, "--json"]).output
    let found = try JSONDecoder().decode(Evaluation.self, from: Data(json.utf8)).perClass.map(\.threshold)
    #expect(found.count == 2 && !found.contains(0.5))
    let outcome = try Program.run(["predict", tags, pictures.path + "/checker", "--json"])
    let rows = try JSONDecoder().decode([Row].self, from: Data(outcome.output.utf8))
    for row in rows {
      let thresholds = try #require(row.thresholds)
      let expected = row.predictions.sorted { $0.index < $1.index }.filter {
        found[$0.index] < Double($0.score)
      }
      #expect(row.labels == expected.map(\.label) && thresholds == row.predictions.map { found[$0.index] })
    }
    let given = try Program.run(["predict", tags, pictures.path, "--threshold", "0.9", "--json"])
    let strict = try JSONDecoder().decode([Row].self, from: Data(given.output.utf8))
    #expect(strict.allSatisfy { $0.thresholds == [0.9, 0.9] })
    let page = String(
      decoding: try InputFile.contents(of: folder.path + "/tags.report.html", limit: 1 << 24), as: UTF8.self)
    #expect(page.contains("The thresholds were chosen by the best F1 on 4 pictures"))
  }

  @Test func aThresholdCanBeGiven() throws {
    let trained = try train("tags.zoo", "--loss", "binary", "--threshold", "0.25")
    try #require(trained.status == 0, "\(trained.errors)")
    #expect(try Program.succeed("info", folder.path + "/tags.zoo").contains("0.2500, given when"))
    #expect(
      try Program.succeed("evaluate", folder.path + "/tags.zoo", pictures.path).contains(
        "threshold 0.25, given"))
  }

  @Test func foldsChooseThresholdsByWhatTheyHoldOut() throws {
    let trained = try train("tags.zoo", "--loss", "binary", "--threshold", "youden", "--folds", "2")
    try #require(trained.status == 0, "\(trained.errors)")
    #expect(
      trained.output.contains("chosen by Youden's J on 20 pictures that were held out"), "\(trained.output)")
  }

  @Test(arguments: [
    (["--threshold", "f1"], 2, "--threshold is for --loss binary"),
    (["--threshold", "best", "--loss", "binary"], 2, "--threshold is f1, youden, or a probability"),
    (["--threshold", "1.5", "--loss", "binary"], 2, "found '1.5'"),
    (["--threshold", "f1", "--loss", "binary", "--validation-split", "0"], 2, "--validation-split"),
  ])
  func whatCannotBeChosenIsRefused(options: [String], status: Int32, reason: String) throws {
    let outcome = try Program.run(
      ["train", model, pictures.path, "-o", folder.path + "/tags.zoo", "--batch", "8"] + options)
    #expect(outcome.status == status && outcome.errors.contains(reason), "\(outcome)")
  }
}
