import FoundationEssentials
import Testing
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooSystem
import ZooTrain

@testable import ZooTransfer

/// The plan of a training, by a clock that a test turns.
@Suite final class PreviewTests {
  private let folder: TemporaryFolder
  private let root =
    FileManager.default.temporaryDirectory.path + "/zoo-preview-\(UInt64.random(in: 0 ... .max))"

  init() throws { folder = try TemporaryFolder() }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// A base of one frozen convolution.
  private func base() throws -> ZooFile {
    let g = GraphBuilder("base")
    let graph = try g.build(output: g.conv2D(g.input(.map(8, 8, 3)), "conv", 4, kernel: 3))
    let model = ModelDescription(
      base: "base", includeTop: false, graph: graph, preprocessing: .tf,
      provenance: Provenance(createdBy: "test"))
    let path = folder.path + "/base.zoo"
    let writer = try ZooFileWriter(path, model: model)
    for (name, shape) in [("kernel", [3, 3, 3, 4]), ("bias", [4])] {
      try writer.write(TensorInfo(layer: "conv", weight: name, type: .float32, shape: shape)) {
        try (0..<shape.reduce(1, *)).map { Float($0 % 7) / 7 - 0.4 }.withUnsafeBytes($0.append)
      }
    }
    try writer.finish()
    return try ZooFile(path)
  }

  /// Sixty pictures of two classes.
  private func data() throws -> Dataset {
    var random = SplitMix64(seed: 4)
    for number in 0..<60 {
      let name = "\(root)/\(number % 2 == 0 ? "a" : "b")"
      try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: true)
      let pixels = (0..<192).map { _ in UInt8.random(in: 0...255, using: &random) }
      try PNGWriter.write(pixels, width: 8, height: 8, channels: 3, to: "\(name)/\(number).png")
    }
    return try Dataset(root, validationSplit: 0.2, seed: 0)
  }

  private func training(_ change: (inout TransferOptions) -> Void = { _ in }) throws -> TransferTraining {
    var options = TransferOptions(
      head: .linear, stages: [Stage(LayerSelection("head"), epochs: 5)],
      recipe: TrainingRecipe(batchSize: 8))
    options.cacheFolder = CacheFolder(folder.path + "/features")
    change(&options)
    return try TransferTraining(base(), data(), options)
  }

  /// Every look at the clock is a hundredth of a second after the one before, so every run takes that long.
  @Test func timesAreMultiplied() throws {
    var looks = 0.0
    let clock = {
      looks += 1
      return looks / 100
    }
    let plan = try #require(try training().previews(by: clock).first)
    #expect(plan.picturesToCompute == 60 && plan.stepsPerEpoch == 6)
    // Three groups of sixteen are computed to be timed, and kept; twelve pictures are left.
    #expect(abs((plan.secondsOnce ?? -1) - 12.0 / 16 / 100) < 1e-9, "\(plan)")
    // Six steps of learning and one and a half of measuring, five times, and another measurement for the report.
    // Behind each epoch the weights are kept, and a checkpoint is written.
    #expect(abs((plan.secondsEach ?? -1) - (5 * (6 + 1.5 + 1) + 1.5) / 100) < 1e-9, "\(plan)")
    #expect(abs((plan.secondsSaved ?? -1) - (5 * (6 + 1.5 + 2) + 1.5) / 100) < 1e-9, "\(plan)")
  }

  @Test func whatIsAtHandIsNotComputedAgain() throws {
    _ = try training().train()
    let plan = try #require(try training().previews().first)
    #expect(plan.picturesToCompute == 0 && plan.secondsOnce == 0)
  }

  /// A clock by which no run takes as long as the one before.
  @Test func whatDiffersTooMuchIsUnknown() throws {
    var (looks, time) = (0, 0.0)
    let plan = try #require(
      try training().previews {
        looks += 1
        time += looks.isMultiple(of: 4) ? 0.01 : 0.001
        return time
      }.first)
    #expect(plan.expected == .unknown)
  }

  @Test func augmentationComputesInEachEpoch() throws {
    let plan = try #require(try training { $0.augmentation = try? Augmentation("flip") }.previews().first)
    // 48 to learn from, anew in each of five epochs; 12 to validate on, once.
    #expect(plan.picturesToCompute == 5 * 48 + 12)
  }

  @Test func patienceMayEndSooner() throws {
    let plan = try #require(
      try training { $0.recipe.earlyStopping = .init(patience: 2) }.previews().first)
    #expect(plan.mayEndSooner)
  }
}
