import Testing
import ZooFile
import ZooGraph
import ZooImage
import ZooSystem

@testable import ZooFeatures

/// What in a picture speaks for a class, of networks that are small enough to be worked out by hand.
@Suite struct ExplainerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A 2×2 map of two channels as it is, its means weighted by `kernel` (2 × units).
  private func file(
    _ kernel: [Float], _ activation: ActivationFunction, labels: [String]? = nil
  ) throws -> ZooFile {
    let g = GraphBuilder("test")
    let units = kernel.count / 2
    let map = g.activation(g.input(.map(2, 2, 2)), "map", .relu)
    let pooled = g.globalAveragePooling2D(map, "pool")
    let graph = try g.build(output: g.dense(pooled, "scores", units, activation: activation))
    let path = folder.path + "/model.zoo"
    let model = ModelDescription(
      base: nil, includeTop: true, graph: graph, preprocessing: .none, labels: labels,
      provenance: Provenance(createdBy: "test"))
    let writer = try ZooFileWriter(path, model: model)
    try writer.write(TensorInfo(layer: "scores", weight: "kernel", type: .float32, shape: [2, units])) {
      try kernel.withUnsafeBytes($0.append)
    }
    try writer.write(TensorInfo(layer: "scores", weight: "bias", type: .float32, shape: [units])) {
      try [Float](repeating: 0, count: units).withUnsafeBytes($0.append)
    }
    try writer.finish()
    return try ZooFile(path)
  }

  // Channel 0 is high on the left, channel 1 at the bottom.
  private let pixels: [Float] = [4, 0, 0, 0, 4, 8, 0, 8]

  @Test func channelsAreWeightedByTheirSlopes() throws {
    // Scores 4, −2: the means are 2 and 4. The slopes of class 0 are 0 and 1, over 4 pixels; of class 1 they are 1 and −1.
    let explainer = try Explainer(try file([0, 1, 1, -1], .softmax))
    #expect(explainer.layer == "map" && explainer.mapShape == .map(2, 2, 2))
    let likeliest = try #require(try explainer.explain(pixels, count: 1).first)
    #expect(likeliest.classIndex == 0 && likeliest.values == [0, 0, 2, 2] && likeliest.speaks)
    let other = try #require(try explainer.explain(pixels, count: 1, classes: [1]).first)
    #expect(other.classIndex == 1 && other.values == [1, 0, 0, 0])
  }

  @Test func ofTwoClassesInOneUnitTheFirstIsTheContrary() throws {
    // The score is 2 − 4: the first class.
    let explainer = try Explainer(try file([1, -1], .sigmoid, labels: ["no", "yes"]))
    let found = try explainer.explain(pixels + pixels, count: 2, classes: [nil, 1])
    #expect(found.map(\.classIndex) == [0, 1])
    #expect(found[0].values == [0, 0, 1, 2] && found[1].values == [1, 0, 0, 0])
  }

  @Test func nothingMaySpeakForAClass() throws {
    let explainer = try Explainer(try file([-1, -2, -1, -1], .softmax))
    let found = try #require(try explainer.explain(pixels, count: 1).first)
    #expect(!found.speaks && found.values == [0, 0, 0, 0])
  }

  @Test func layersThatGiveNoMapAreRefused() throws {
    let file = try file([0, 1, 1, -1], .softmax)
    #expect { try Explainer(file, layer: "pool") } throws: { "\($0)".contains("which is no feature map") }
    #expect { try Explainer(file, layer: "mp") } throws: { "\($0)".contains("did you mean 'map'") }
    #expect { try Explainer(file, layer: "input_layer") } throws: { "\($0)".contains("no feature map") }
  }
}
