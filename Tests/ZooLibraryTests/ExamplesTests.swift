import FoundationEssentials
import NestedBuild
import Testing
import Zoo
import ZooArrays
import ZooSystem

/// The packages in `Examples`, built as somebody else would build them, on the demo's pictures.
@Suite(.serialized) struct ExamplesTests {
  private let demo: Demo
  private let pictures: String

  init() throws {
    demo = try Demo()
    pictures = demo.path("pictures")
    let program = try #require(programFolder) + "/zoo-demo"
    try #require(NestedBuild.run([program, "pictures", pictures]).status == 0)
  }

  /// Builds an example, and runs it without any caches or models of the machine.
  private func run(
    _ example: String, _ arguments: [String], input: String = "/dev/null"
  ) throws -> NestedBuild.Outcome {
    let program = try NestedBuild.build("Examples/\(example)") + "/\(example)"
    return try NestedBuild.run([program] + arguments, home: folder(), input: input)
  }

  private func folder() throws -> String {
    try createFolder(demo.path("home"))
    return demo.path("home")
  }

  @Test func featuresAreWrittenAsTheLibraryGivesThem() async throws {
    let output = demo.path("features.npz")
    let outcome = try run("Features", [Demo.base, output, pictures])
    #expect(outcome.status == 0 && outcome.output.contains("96 pictures, 256 features each"), "\(outcome)")
    let file = try NpzFile(output)
    let paths = try file.strings("paths", limit: 1 << 20)
    let extractor = try await Model(output + ".zoo").extractor()
    let features = try await extractor.features(of: paths.map { .file($0) })
    #expect(try file.floats("features", limit: 1 << 20) == features.values)
    let refused = try run("Features", [demo.path("none.h5"), output, pictures])
    #expect(refused.status == 1 && refused.output.contains("none.h5: cannot open"), "\(refused)")
  }

  @Test func aClassifierIsTrainedAndUsed() async throws {
    _ = try await demo.convert(ImportRequest(includeTop: false))
    let output = demo.path("own.zoo")
    let outcome = try run(
      "Classifier",
      [demo.path("demo.zoo"), pictures, output, "\(pictures)/ring/1.bmp", "\(pictures)/cross/1.bmp"])
    #expect(outcome.status == 0 && outcome.output.contains("epoch 15: accuracy"), "\(outcome)")
    #expect(outcome.output.contains("ring/1.bmp: ring ") && outcome.output.contains("cross/1.bmp: cross "))
    #expect(try Model(output).classNames?.count == 8)
  }

  @Test func picturesFromAPipeAreAnswered() async throws {
    let names = ["checker", "circle", "cross", "dots", "ring", "square", "stripes", "triangle"]
    let model = try await demo.convert(ImportRequest(labels: names))
    let bytes = try InputFile.contents(of: "\(pictures)/dots/3.bmp", limit: 1 << 20)
    let lines = demo.path("lines")
    try demo.write(Array("\(Data(bytes).base64EncodedString())\nnothing\n".utf8), to: lines)
    let outcome = try run("Uploads", [model.file.path], input: lines)
    let answers = outcome.output.split(separator: "\n")
    #expect(outcome.status == 0 && answers.count == 2, "\(outcome)")
    let expected = try await model.predictor().predictions(of: [.encoded(bytes, name: "")], top: 3)
    let label = expected.pictures[0].predictions[0].label
    #expect(answers[0].contains("\"label\":\"\(label)\"") && answers[0].contains("\"name\":\"upload 1\""))
    #expect(answers[1].contains("\"error\":\"upload 2: is empty"))
  }
}
