import Testing
import ZooFile
import ZooGraph
import ZooPlugin
import ZooSystem

@testable import ZooKeras

/// How tensors find their places: by name, by an older name, by number, by order.
@Suite struct MatchingTests {
  private let folder: ZooSystem.TemporaryFolder

  init() throws { folder = try ZooSystem.TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  @Test func byNameWhateverTheOrder() throws {
    let model = try TestModel()
    try model.writeLegacy(path("a.h5"))
    var shuffled = model
    shuffled.layers.reverse()
    try shuffled.writeLegacy(path("b.h5"))
    #expect(try convert(path("b.h5")).0.contents == convert(path("a.h5")).0.contents)
  }

  @Test func byAnOlderName() throws {
    var model = try TestModel("mobilenetv3small_minimalistic_1.0_224")
    try model.writeLegacy(path("a.h5"))
    for index in model.layers.indices where !model.layers[index].weights.isEmpty {
      model.layers[index].name = Self.olderName(model.layers[index].name)
    }
    model.layers.reverse()
    try model.writeLegacy(path("b.h5"))
    let (file, report) = try convert(path("b.h5"))
    #expect(report.base == "mobilenetv3small_minimalistic_1.0_224")
    #expect(file.contents == (try convert(path("a.h5")).0.contents))
    #expect(file.tensors.contains { $0.layer == "conv_bn" && $0.sourceLayer == "Conv/BatchNorm" })
  }

  /// `expanded_conv_1_expand_bn` was `expanded_conv_1/expand/BatchNorm`, `conv_1` was `Conv_1`.
  private static func olderName(_ name: String) -> String {
    var old = name
    let isNormalization = old.hasSuffix("_bn")
    if isNormalization { old = String(old.dropLast(3)) }
    for part in ["expand", "depthwise", "project"] where old.hasSuffix("_" + part) {
      old = String(old.dropLast(part.count + 1)) + "/" + part
    }
    if old.hasPrefix("conv") { old = "C" + old.dropFirst() }
    return isNormalization ? old + "/BatchNorm" : old
  }

  @Test(arguments: ["kernel:0", "W:0", "conv1_W:0", "conv1_W_1:0", "param_0"])
  func weightsByAnySpelling(_ spelling: String) throws {
    var model = try TestModel()
    try model.writeLegacy(path("a.h5"))
    model[layer: "conv1"].weights[0].name = spelling
    try model.writeLegacy(path("b.h5"))
    #expect(try convert(path("b.h5")).0.contents == convert(path("a.h5")).0.contents)
  }

  @Test func byNumberAndByOrder() throws {
    var model = try TestModel()
    try model.writeLegacy(path("a.h5"))
    let expected = try convert(path("a.h5")).0.contents
    try model.writeWeights(path("b.weights.h5"), named: false)
    #expect(try convert(path("b.weights.h5")).0.contents == expected)

    for index in model.layers.indices { model.layers[index].name = "layer_\(1000 + index)" }
    try model.writeLegacy(path("c.h5"))
    #expect(try convert(path("c.h5")).0.contents == expected)
  }

  @Test func oneForeignNameIsFilledBetweenItsNeighbours() throws {
    var model = try TestModel()
    try model.writeLegacy(path("a.h5"))
    model[layer: "conv_pw_6"].name = "renamed"
    try model.writeLegacy(path("b.h5"))
    #expect(try convert(path("b.h5")).0.contents == convert(path("a.h5")).0.contents)
  }

  @Test(arguments: [(false, false), (true, false), (true, true)])
  func aHeadOfOnesOwnIsLeftOver(_ keras3: Bool, _ named: Bool) throws {
    var model = try TestModel()
    try model.writeLegacy(path("a.h5"))
    model.addHead()
    if keras3 {
      try model.writeWeights(path("b.weights.h5"), named: named)
    } else {
      try model.writeLegacy(path("b.weights.h5"))
    }
    let (file, report) = try convert(path("b.weights.h5"))
    #expect(report.unused.map(\.shape) == [[256, 2], [2]])
    #expect(!report.includeTop)
    #expect(file.contents == (try convert(path("a.h5")).0.contents))
  }

  /// Keras gives the cells of both directions the same name, and a dropout's random state a place of its own.
  @Test func partsOfLayersAreLeftOver() throws {
    var model = try TestModel()
    model.addHead()
    let head = model[layer: "head"].weights
    model.layers.removeLast()
    let parts = ["bidirectional/backward_layer/cell", "bidirectional/forward_layer/cell"]
    for part in parts + ["dropout/seed_generator"] {
      model.layers.append(.init(name: "lstm_cell", className: part, weights: head))
    }
    try model.writeWeights(path("in.weights.h5"))
    let (_, report) = try convert(path("in.weights.h5"))
    #expect(report.unused.map(\.layer) == parts.flatMap { ["/" + $0, "/" + $0] })
  }

  @Test func theTopMayBeLeftOut() throws {
    let model = try TestModel(includeTop: true, classes: 4)
    try model.writeLegacy(path("a.h5"))
    let (with, whole) = try convert(path("a.h5"))
    #expect(whole.includeTop && whole.classes == 4 && with.graph.outputShape == .vector(4))
    let (without, report) = try convert(path("a.h5"), ImportRequest(includeTop: false))
    #expect(report.unused.map(\.name) == ["conv_preds/kernel", "conv_preds/bias"])
    #expect(without.tensors.count == with.tensors.count - 2)
  }

  @Test func theFilesNameTellsTheResolution() throws {
    try TestModel().writeLegacy(path("mobilenet_2_5_160_tf_no_top.h5"))
    let (_, report) = try convert(path("mobilenet_2_5_160_tf_no_top.h5"))
    #expect(report.base == "mobilenet_0.25_160")
    #expect(report.resolution == .fileName)
  }

  /// VGG's classifier begins with a Flatten: it fits pictures of one size only.
  @Test func aClassifierOfAnotherSizeIsTakenWhereThatIsAskedFor() throws {
    let size = Size2D(32)
    let variant = Variant(
      of: try registry.base(named: "vgg16"), includeTop: true, inputSize: size, classes: 3)
    let graph = try registry.architecture(of: variant).graph.resolved()
    try TestModel(graph, type: .float16).writeLegacy(path("a.h5"))

    let asked = try KerasImport(path("a.h5"), ImportRequest(inputSize: size), registry: registry).recognition
    #expect(asked.graph.outputShape == .vector(3) && asked.match.unused.isEmpty)
    let unasked = try KerasImport(path("a.h5"), registry: registry).recognition
    #expect(unasked.match.unused.count == 6)
    #expect(unasked.notes.contains { $0.contains("--input-size") })
    #expect(throws: FileError.self) {
      try KerasImport(
        path("a.h5"), ImportRequest(includeTop: true, inputSize: Size2D(64)), registry: registry)
    }
  }

  /// Keras leaves a layer out of networks that begin without published weights: their Normalization has not seen any
  /// picture.
  @Test(arguments: [true, false])
  func theNormalizationTellsWhetherWeightsWerePublished(_ isPublished: Bool) throws {
    let folder = try ZooSystem.TemporaryFolder()
    var model = try TestModel("efficientnetb0")
    if !isPublished {
      let zeros = [Float](repeating: 0, count: 3), ones = [Float](repeating: 1, count: 3)
      for (index, values) in [zeros, ones].enumerated() {
        model[layer: "normalization"].weights[index].bytes = values.withUnsafeBytes(Array.init)
      }
    }
    let path = folder.path + "/weights.h5"
    try model.writeLegacy(path)
    let recognition = try KerasImport(path, registry: registry).recognition
    let rescalings = recognition.graph.graph.nodes.count { $0.layer.kind is Rescaling }
    #expect(rescalings == (isPublished ? 2 : 1))
    #expect(recognition.notes.contains { $0.contains("weights=None") } == isPublished)
  }

  @Test func notANumberIsWarnedOf() throws {
    var model = try TestModel()
    model[layer: "conv1"].weights[0].bytes.replaceSubrange(0..<8, with: [0, 0, 0xC0, 0x7F, 0, 0, 0x80, 0xFF])
    try model.writeLegacy(path("a.h5"))
    let warnings = try convert(path("a.h5")).1.warnings
    #expect(warnings == ["layer 'conv1', kernel: 2 of 216 values are NaN or infinite"])
  }

  @Test func kernelsOfTheanoAreTurned() throws {
    var model = try TestModel()
    let bytes = model[layer: "conv1"].weights[0].bytes
    try model.writeLegacy(path("a.h5"), backend: "theano")
    let pixel = 3 * 8 * 4
    let turned = stride(from: bytes.count - pixel, through: 0, by: -pixel).flatMap {
      bytes[$0..<($0 + pixel)]
    }
    model[layer: "conv1"].weights[0].bytes = turned
    try model.writeLegacy(path("b.h5"))
    let (theano, plain) = (try convert(path("a.h5")).0, try convert(path("b.h5")).0)
    #expect(theano.contents["conv1/kernel"] == plain.contents["conv1/kernel"])
  }
}
