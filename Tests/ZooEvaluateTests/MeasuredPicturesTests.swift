import Testing
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooSystem

@testable import ZooEvaluate

/// A model is measured on what it was not trained on, as far as that is known.
@Suite struct MeasuredPicturesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["1", "2", "3", "4"] { try write("\(name).jpg", "picture \(name)") }
  }

  private func write(_ name: String, _ text: String) throws {
    let file = try AtomicFile("\(folder.path)/\(name)")
    try file.write(text)
    try file.commit()
  }

  private func pictures(_ labels: String) throws -> LabelledPictures {
    try write("labels.csv", labels)
    return try LabelledPictures(folder.path)
  }

  private func model(trainedOn names: [String]?) throws -> ModelDescription {
    let g = GraphBuilder("test")
    let graph = try g.build(output: g.activation(g.input(.map(1, 1, 3)), "end", .relu))
    let ids = try (names ?? []).map { pictureID(try Digest.ofFile("\(folder.path)/\($0).jpg")) }
    return ModelDescription(
      base: nil, includeTop: true, graph: graph, preprocessing: .none,
      provenance: Provenance(createdBy: "test"),
      trained: names == nil
        ? nil : TrainedPictures(seed: 1, validationShare: 0.2, heldOut: 1, pictures: ids))
  }

  private static let all = "f,label\n1.jpg,a\n2.jpg,b\n3.jpg,a\n4.jpg,b\n"
  private static let parted = "f,label,split\n1.jpg,a,train\n2.jpg,b,train\n3.jpg,a,val\n4.jpg,b,val\n"

  private static let cases: [(String, [String]?, [Int], MeasuredPictures.Knowledge, Int)] = [
    (all, ["1", "2"], [3, 4], .heldOut, 2), (all, nil, [1, 2, 3, 4], .unknown, 0),
    (all, ["1", "2", "3", "4"], [1, 2, 3, 4], .trainedOn, 0), (parted, ["1", "2"], [3, 4], .heldOut, 0),
    (parted, ["1", "3"], [4], .heldOut, 1), (parted, ["3", "4"], [3, 4], .trainedOn, 0),
  ]

  @Test(arguments: cases)
  func whatWasSeenIsLeftOut(
    labels: String, trainedOn: [String]?, measured: [Int], knowledge: MeasuredPictures.Knowledge, leftOut: Int
  ) throws {
    let found = try MeasuredPictures(pictures(labels), for: model(trainedOn: trainedOn))
    #expect(found.list.items.map(\.path) == measured.map { "\(folder.path)/\($0).jpg" })
    #expect(found.knowledge == knowledge && found.leftOut == leftOut)
  }

  /// Another name and another folder do not make another picture.
  @Test func picturesAreKnownByTheirContent() throws {
    let model = try model(trainedOn: ["1", "2"])
    try write("5.jpg", "picture 2")
    let found = try MeasuredPictures(pictures("f,label\n5.jpg,a\n3.jpg,b\n"), for: model)
    #expect(found.list.items.map(\.path) == [folder.path + "/3.jpg"] && found.leftOut == 1)
  }
}
