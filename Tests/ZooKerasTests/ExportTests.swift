import Glibc
import Testing
import ZooArrays
import ZooFile
import ZooGraph
import ZooHDF5
import ZooSystem

@testable import ZooExport
@testable import ZooKeras

/// Import, export, and what came out compared with what went in, byte by byte.
@Suite struct ExportTests {
  private let folder: ZooSystem.TemporaryFolder

  init() throws { folder = try ZooSystem.TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  @Test(arguments: [ElementType.float16, .bfloat16, .float32, .float64])
  func legacyComesBackAsItWas(_ type: ElementType) throws {
    var model = try TestModel(type: type)
    for layer in model.layers.indices {
      for weight in model.layers[layer].weights.indices { model.layers[layer].weights[weight].name += ":0" }
    }
    try model.writeLegacy(path("in.h5"))
    try convert(path("in.h5")).0.export(to: path("out.h5"))

    #expect(try TestModel.readLegacy(path("out.h5")) == model.listed)
    let root = try HDF5File(path("out.h5")).root
    #expect(root.attribute("keras_version") != nil && root.attribute("model_config") != nil)
    #expect(root.attribute("backend")?.string == "tensorflow")
  }

  /// Keras assigns by order, so a model built by today's order would take the wrong tensors.
  @Test func oddNamesAndTheOrderOfWeightsAreKept() throws {
    var model = try TestModel()
    for index in model.layers.indices {
      model.layers[index].name = "müde\(index)/a layer:\(index)"
      for weight in model.layers[index].weights.indices {
        let last = model.layers[index].weights[weight].name.split(separator: "/").last ?? ""
        model.layers[index].weights[weight].name = "x/\(last):0"
      }
      model.layers[index].weights.reverse()
    }
    try model.writeLegacy(path("in.h5"))
    let (file, _) = try convert(path("in.h5"), ImportRequest(base: smallBase))
    #expect(try file.export(to: path("out.h5")).warnings.first?.contains("another order") == true)
    #expect(try TestModel.readLegacy(path("out.h5")) == model.listed)
    #expect(try HDF5File(path("out.h5")).root.attribute("model_config") == nil)
  }

  @Test func splitAttributesAreJoined() throws {
    let model = try TestModel()
    try model.writeLegacy(path("in.h5"), parts: 3)
    try convert(path("in.h5")).0.export(to: path("out.h5"))
    #expect(try TestModel.readLegacy(path("out.h5")) == model.listed)
    #expect(try HDF5File(path("out.h5")).root.attribute("layer_names") != nil)
  }

  @Test func listsBeyondTheLimitAreSplitAsNumPyDoes() throws {
    var model = try TestModel()
    for index in model.layers.indices {
      model.layers[index].name += String(repeating: "_", count: 1000 - model.layers[index].name.utf8.count)
    }
    let parts = (model.layers.count + 63) / 64
    try model.writeLegacy(path("in.h5"), parts: parts)
    try convert(path("in.h5"), ImportRequest(base: smallBase)).0.export(to: path("out.h5"))

    #expect(try TestModel.readLegacy(path("out.h5")) == model.listed)
    let root = try HDF5File(path("out.h5")).root
    #expect(root.attribute("layer_names") == nil)
    let lengths = (0..<parts).map { root.attribute("layer_names\($0)")?.value.count ?? 0 }
    #expect(lengths.reduce(0, +) == model.layers.count)
    #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
  }

  @Test(arguments: [(0, [0]), (64, [64]), (65, [33, 32]), (130, [44, 43, 43])])
  func partsAreAsEqualAsTheyCanBe(_ count: Int, _ lengths: [Int]) {
    let names = (0..<count).map { _ in String(repeating: "x", count: 1000) }
    #expect(HDF5Attribute.splitNames("n", names).map(\.value.count) == lengths)
  }

  @Test func aNestedModelComesBackLayerByLayer() throws {
    let model = try TestModel().nested(in: "mobilenet")
    try model.writeLegacy(path("in.h5"), root: "model_weights")
    let (file, _) = try convert(path("in.h5"))
    #expect(file.model.provenance.layout == KerasLayout.legacyModel.rawValue)
    try file.export(to: path("out.h5"))
    #expect(try TestModel.readLegacy(path("out.h5")).map(\.name) == TestModel().layers.map(\.name))
    #expect(try convert(path("out.h5")).0.contents == file.contents)
  }

  @Test func aNestedBaseWithoutItsHeadIsWrittenForTheBase() throws {
    var model = try TestModel().nested(in: "mobilenet")
    model.addHead()
    try model.writeLegacy(path("in.h5"), root: "model_weights")
    let (file, report) = try convert(path("in.h5"))
    #expect(report.unused.map(\.name) == ["head/kernel", "head/bias"])
    try file.export(to: path("out.h5"))
    let plain = try TestModel().layers.map(\.name)
    #expect(try TestModel.readLegacy(path("out.h5")).map(\.name) == plain)
    #expect(try convert(path("out.h5")).0.contents == file.contents)
  }

  @Test func aDroppedHeadIsNotListed() throws {
    var model = try TestModel()
    model.addHead()
    try model.writeLegacy(path("in.h5"))
    try convert(path("in.h5")).0.export(to: path("out.h5"))
    #expect(try TestModel.readLegacy(path("out.h5")) == model.listed.filter { $0.name != "head" })
  }

  @Test(arguments: [true, false])
  func weightsComeBackAsTheyWere(_ named: Bool) throws {
    let model = try TestModel(includeTop: true, classes: 5)
    try model.writeWeights(path("in.weights.h5"), named: named)
    let (file, report) = try convert(path("in.weights.h5"))
    #expect(report.classes == 5)
    try file.export(to: path("out.weights.h5"))

    let (source, result) = (try HDF5File(path("in.weights.h5")), try HDF5File(path("out.weights.h5")))
    #expect(result.root.allDatasets.map(\.path) == source.root.allDatasets.map(\.path))
    for dataset in source.root.allDatasets {
      let other = try result.dataset(dataset.path)
      #expect(other.shape == dataset.shape && other.type == dataset.type)
      #expect(try result.bytes(of: other, limit: 1 << 24) == source.bytes(of: dataset, limit: 1 << 24))
    }
    guard case .group(let vars)? = result.root["layers/conv2d/vars"] else {
      Issue.record("no group")
      return
    }
    #expect(vars.attribute("name")?.string == "conv1")
  }

  @Test func brainFloatsAreMarkedForKeras() throws {
    try TestModel(type: .bfloat16).writeLegacy(path("in.h5"))
    try convert(path("in.h5")).0.export(to: path("out.weights.h5"))
    let dataset = try HDF5File(path("out.weights.h5")).dataset("layers/conv2d/vars/0")
    #expect(dataset.attribute("dtype")?.string == "bfloat16")
  }

  @Test func keras3WeightsBecomeALegacyFileAsKeras3WritesIt() throws {
    let model = try TestModel(includeTop: true, classes: 3)
    try model.writeWeights(path("in.weights.h5"))
    try convert(path("in.weights.h5")).0.export(to: path("out.h5"))
    #expect(try TestModel.readLegacy(path("out.h5")) == model.listed)
    let root = try HDF5File(path("out.h5")).root
    #expect(root.attribute("backend")?.string == "tensorflow")
    guard case .group(let top)? = root["top_level_model_weights"] else {
      Issue.record("no group")
      return
    }
    #expect(top.attribute("weight_names")?.strings == [])
  }

  @Test(arguments: [ElementType.float16, .bfloat16, .float32, .float64])
  func safetensorsHoldEveryBit(_ type: ElementType) throws {
    let model = try TestModel(type: type)
    try model.writeLegacy(path("in.h5"))
    let (file, report) = try convert(path("in.h5"), ImportRequest(compress: true))
    try file.export(to: path("out.safetensors"))

    let result = try SafetensorsFile(path("out.safetensors"))
    let weights = model.layers.flatMap(\.weights)
    #expect(result.tensors.map(\.name) == file.tensors.map(\.name))
    for weight in weights {
      let tensor = try #require(result.tensor(weight.name))
      #expect(tensor.type == type && tensor.shape == weight.shape)
      #expect(result.withBytes(of: tensor) { Array($0) } == weight.bytes)
    }
    #expect(result.metadata["base"] == smallBase)
    #expect(result.metadata["format"] == "zoo")
    #expect(result.metadata["include_top"] == "false")
    #expect(result.metadata["preprocessing"] == "tf")
    #expect(result.metadata["source_sha256"] == report.sourceSHA256)
  }

  @Test func npzHasTheSameNamesAndValues() throws {
    let model = try TestModel()
    try model.writeLegacy(path("in.h5"))
    let (file, _) = try convert(path("in.h5"))
    try file.export(to: path("out.npz"))
    let result = try NpzFile(path("out.npz"))
    #expect(result.names == file.tensors.map(\.name))
    for weight in model.layers.flatMap(\.weights) {
      #expect(try result.array(weight.name).header.shape == weight.shape)
      let values = try result.floats(weight.name, limit: 1 << 24)
      #expect(values.withUnsafeBytes { Array($0) } == weight.bytes)
    }
  }

  @Test func numPyHasNoBrainFloats() throws {
    try TestModel(type: .bfloat16).writeLegacy(path("in.h5"))
    let (file, _) = try convert(path("in.h5"))
    let message = failure { try file.export(to: path("out.npz")) }
    #expect(message?.contains("bfloat16") == true && message?.contains(".safetensors") == true)
    #expect(access(path("out.npz"), F_OK) != 0)
  }
}

extension TestModel {
  /// As one group that holds everything, trainable weights first, then the others.
  func nested(in name: String) -> TestModel {
    var nested = self
    let weights = layers.flatMap(\.weights)
    let (fixed, trainable) = (
      weights.filter { $0.name.contains("moving") }, weights.filter { !$0.name.contains("moving") }
    )
    nested.layers = [
      Layer(name: "input_1", className: "input_layer", weights: []),
      Layer(name: name, className: "functional", weights: trainable + fixed),
    ]
    return nested
  }
}
