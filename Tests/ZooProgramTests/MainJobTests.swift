import FoundationEssentials
import Testing
import ZooArrays
import ZooSystem

/// Convert, verify, extract, predict with the demo's base, against what real Keras computes.
@Suite struct MainJobTests {
  let folder: TemporaryFolder
  let model: String
  private let goldens = Program.root + "/Tests/Goldens/demo/"

  init() throws {
    folder = try TemporaryFolder()
    model = folder.path + "/demo.zoo"
    try Program.succeed("convert", Program.demoBase, "--labels", Program.demoLabels, "-o", model)
  }

  @Test func theFileIsRecognised() throws {
    struct Report: Decodable {
      var base: String
      var includeTop: Bool
      var classes: Int
      var applied: Int
    }
    let json = try Program.succeed("identify", Program.demoBase, "--json")
    let report = try JSONDecoder().decode(Report.self, from: Data(json.utf8))
    #expect(report.base == "mobilenet_0.25_128")
    #expect(report.includeTop && report.classes == 8 && report.applied == 137)
  }

  @Test func everyTensorIsTheSources() throws {
    let line = try Program.succeed("verify", model, Program.demoBase)
    #expect(line.contains("137 tensors") && line.contains("every tensor identical"))
  }

  /// Relative L2 error against Keras in float64; Keras' own float32 is at about 1e-6.
  @Test(arguments: ["npy", "npz"]) func featuresAreKeras(format: String) throws {
    let output = "\(folder.path)/features.\(format)"
    try Program.succeed("extract", model, goldens + "pixels.npy", "-o", output)
    let found =
      format == "npy"
      ? try NpyFile(output).floats(rows: 0..<4) : try NpzFile(output).floats("features", limit: 1 << 20)
    #expect(relativeError(found, try NpyFile(goldens + "features.npy").floats(rows: 0..<4)) < 5e-6)
  }

  @Test func probabilitiesAreKeras() throws {
    let output = folder.path + "/p.npy"
    try Program.succeed("extract", model, goldens + "pixels.npy", "-o", output, "--layer", "predictions")
    let expected = try NpyFile(goldens + "probabilities.npy").floats(rows: 0..<4)
    #expect(relativeError(try NpyFile(output).floats(rows: 0..<4), expected) < 5e-6)
  }

  @Test func predictNamesTheClass() throws {
    struct Row: Decodable {
      struct Prediction: Decodable {
        var label: String
        var score: Float
      }
      var predictions: [Prediction]
    }
    let json = try Program.succeed("predict", model, goldens + "pixels.npy", "--top", "3", "--json")
    let rows = try JSONDecoder().decode([Row].self, from: Data(json.utf8))
    // The pictures were drawn of the first four classes, in order.
    #expect(rows.compactMap(\.predictions.first?.label) == ["checker", "circle", "cross", "dots"])
    #expect(rows.allSatisfy { $0.predictions.count == 3 })
  }

  @Test func compressedFilesGiveTheSameFeatures() throws {
    let small = folder.path + "/small.zoo"
    try Program.succeed("convert", Program.demoBase, "--compress", "-o", small)
    #expect(try InputFile(small).size < InputFile(model).size)
    for (file, output) in [(small, "a.npy"), (model, "b.npy")] {
      try Program.succeed("extract", file, goldens + "pixels.npy", "-o", "\(folder.path)/\(output)")
    }
    #expect(
      try InputFile.contents(of: folder.path + "/a.npy", limit: 1 << 20)
        == InputFile.contents(of: folder.path + "/b.npy", limit: 1 << 20))
  }

  @Test func bfloat16IsNearFloat32OrRefused() throws {
    let output = folder.path + "/coarse.npy"
    let outcome = try Program.run([
      "extract", model, goldens + "pixels.npy", "-o", output, "--precision", "bf16",
    ])
    guard outcome.status == 0 else {
      #expect(outcome.errors.contains("no bfloat16 instructions"))
      return
    }
    let found = try NpyFile(output).floats(rows: 0..<4)
    let error = relativeError(found, try NpyFile(goldens + "features.npy").floats(rows: 0..<4))
    #expect((1e-4...0.04).contains(error))
  }

  /// What fast decoding does to large pictures is tested with the loader.
  @Test func fastDecodingSaysSoAndLeavesSmallPicturesAlone() throws {
    let picture = Program.root + "/Tests/ZooImageTests/Goldens/rgb.jpg"
    let plain = try Program.run(["predict", model, picture])
    let fast = try Program.run(["predict", model, picture, "--fast-decode"])
    #expect(plain.status == 0 && fast.status == 0 && fast.output == plain.output)
    #expect(plain.errors.isEmpty && fast.errors.contains("the pixels of large JPEGs differ from Keras'"))
  }

  @Test func takenWithoutTopTheTopIsReportedUnused() throws {
    let output = folder.path + "/no-top.zoo"
    let report = try Program.succeed("convert", Program.demoBase, "--no-top", "-o", output)
    #expect(report.contains("without top") && report.contains("unused   2: conv_preds/kernel:0"))
  }

  @Test func theListIsAnArrayWithNamesFirst() throws {
    struct Row: Decodable {
      var name: String
    }
    let json = try Program.succeed("list", "--json")
    let rows = try JSONDecoder().decode([Row].self, from: Data(json.utf8))
    #expect(rows.contains { $0.name == "resnet50" })
    let objects = json.split(separator: "\n").filter { $0.hasPrefix("{") }
    #expect(objects.count == rows.count && objects.allSatisfy { $0.hasPrefix("{\"name\":\"") })
  }

  @Test func everyCommandHasHelp() throws {
    let overview = try Program.succeed("--help")
    for name in ["list", "info", "identify", "convert", "verify", "extract", "predict", "plugins"] {
      #expect(overview.contains("  \(name)"))
      #expect(try Program.succeed(name, "--help").hasPrefix("zoo \(name)"))
    }
  }

  @Test(arguments: [
    [], ["lst"], ["convert"], ["list", "--jsn"], ["extract", "a", "b"],
    ["extract", "a", "b", "-o", "c.npy", "--batch", "0"],
    ["extract", "a", "b", "-o", "c.npy", "--pooling", "sum"],
    ["extract", "a", "b", "-o"], ["list", "--threads", "many"],
    ["convert", "a", "--include-top", "--no-top"],
  ])
  func wrongCallsExitWith2(_ arguments: [String]) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 2, "\(outcome)")
    #expect(outcome.output.isEmpty && outcome.errors.hasPrefix("zoo: "))
  }

  private func relativeError(_ found: [Float], _ expected: [Float]) -> Double {
    guard found.count == expected.count else { return .infinity }
    let difference = zip(found, expected).reduce(0) { $0 + pow2(Double($1.0) - Double($1.1)) }
    return (difference / expected.reduce(0) { $0 + pow2(Double($1)) }).squareRoot()
  }

  private func pow2(_ value: Double) -> Double { value * value }
}
