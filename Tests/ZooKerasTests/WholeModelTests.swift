import Testing
import ZooArrays
import ZooFile
import ZooGraph
import ZooHDF5
import ZooPlugin
import ZooSystem

@testable import ZooExport
@testable import ZooKeras

/// Whole models given back to Keras: the layers they declare, and where their weights are.
@Suite struct WholeModelTests {
  private let folder: ZooSystem.TemporaryFolder

  init() throws { folder = try ZooSystem.TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  /// A base with random weights as a `.zoo` file.
  private func model(_ base: String = smallBase, includeTop: Bool = false) throws -> ZooFile {
    try TestModel(base, includeTop: includeTop).writeWeights(path("in.weights.h5"))
    return try convert(path("in.weights.h5"), ImportRequest(base: base)).0
  }

  private func legacyConfig(_ path: String) throws -> JSONValue {
    try #require(try HDF5File(path).root.attribute("model_config")?.string.flatMap { JSONValue($0) })
  }

  private func archiveConfig(_ path: String) throws -> JSONValue {
    let archive = try ZipArchive(path)
    let text = try archive.bytes(of: try archive.entry("config.json"), limit: 1 << 24)
    return try #require(JSONValue(String(decoding: text, as: UTF8.self)))
  }

  private func layers(_ config: JSONValue) -> [JSONValue] { config["config"]?["layers"]?.array ?? [] }

  @Test func bothKindsDeclareEveryLayerOfTheGraph() throws {
    let file = try model(includeTop: true)
    try file.export(to: path("out.h5"))
    try file.export(to: path("out.keras"))
    for config in [try legacyConfig(path("out.h5")), try archiveConfig(path("out.keras"))] {
      #expect(config["class_name"] == "Functional")
      #expect(layers(config).map { $0["name"]?.string } == file.graph.entries.map(\.node.name))
      for (layer, entry) in zip(layers(config), file.graph.entries) {
        #expect(layer["config"]?["name"] == layer["name"])
        let inputs = layer["inbound_nodes"]?.array?.first?.array ?? []
        #expect(inputs.map { $0.array?.first?.string } == entry.node.inputs)
      }
      #expect(config["config"]?["output_layers"] == [[.string(file.graph.graph.output), 0, 0]])
    }
  }

  @Test func parametersAreSpelledAsKerasSpellsThem() throws {
    try model().export(to: path("out.keras"))
    let layers = layers(try archiveConfig(path("out.keras")))
    let (input, conv, relu) = (layers[0], layers[1], layers[3])
    #expect(input["class_name"] == "InputLayer")
    #expect(input["config"]?["batch_input_shape"] == [nil, 224, 224, 3])
    #expect(input["config"]?["trainable"] == nil)
    #expect(conv["class_name"] == "Conv2D" && conv["config"]?["trainable"] == true)
    #expect(conv["config"]?["kernel_size"] == [3, 3] && conv["config"]?["use_bias"] == false)
    #expect(relu["class_name"] == "ReLU" && relu["config"]?["max_value"] == 6)
  }

  @Test(arguments: ["out.h5", "out.keras"])
  func theTensorsComeBack(_ name: String) throws {
    let file = try model(includeTop: true)
    try file.export(to: path(name))
    let (again, report) = try convert(path(name))
    #expect(again.contents == file.contents)
    #expect(report.base == smallBase && report.includeTop && report.unused.isEmpty)
  }

  @Test func theSameModelGivesTheSameBytes() throws {
    let file = try model()
    for name in ["out.h5", "out.keras"] {
      try file.export(to: path("first-" + name))
      try file.export(to: path("second-" + name))
      #expect(try Digest.ofFile(path("first-" + name)) == Digest.ofFile(path("second-" + name)))
    }
  }

  /// Keras 2 has another hard sigmoid, and no hard-swish.
  @Test func hardActivationsAreSpelledOutForKeras2Only() throws {
    let file = try model("mobilenetv3small_0.75_224")
    try file.export(to: path("out.h5"))
    try file.export(to: path("out.keras"))
    #expect(try !legacyConfig(path("out.h5")).text().contains("\"hard_"))
    #expect(try archiveConfig(path("out.keras")).text().contains("\"hard_silu\""))

    var spelled = OutgoingModel(file)
    try spelled.spellOutActivations(forKeras2: true)
    #expect(spelled.graph.outputShape == file.graph.outputShape)
    #expect(spelled.graph.parameterCount == file.graph.parameterCount)
    #expect(try convert(path("out.h5")).0.contents == file.contents)
  }

  @Test func theActivationOfALayerWithWeightsGetsALayerOfItsOwn() throws {
    let builder = GraphBuilder("small")
    let input = builder.input(.vector(3))
    let hidden = builder.dense(input, "hidden", 4, activation: .hardSigmoid)
    let graph = try builder.build(output: builder.dense(hidden, "last", 2, activation: .hardSilu))
    let file = try written(graph)
    var spelled = OutgoingModel(file)
    try spelled.spellOutActivations(forKeras2: true)
    #expect(
      spelled.graph.entries.map(\.node.layer.className) == [
        "InputLayer", "Dense", "Rescaling", "Activation", "Rescaling",
        "Dense", "Rescaling", "Activation", "Rescaling", "Multiply",
      ])
    #expect(spelled.graph.graph.output == "last_activation")
  }

  @Test(arguments: ["out.h5", "out.keras"])
  func preprocessingIsTheFirstLayer(_ name: String) throws {
    try model().export(to: path(name), as: prepared(name))
    let config = try name.hasSuffix(".h5") ? legacyConfig(path(name)) : archiveConfig(path(name))
    let first = layers(config)[1]
    #expect(first["class_name"] == "Rescaling" && first["config"]?["offset"] == -1)
    #expect(layers(config)[2]["inbound_nodes"] == [[["preprocessing", 0, 0, [:]]]])
  }

  @Test func preprocessingWithWeightsBringsThem() throws {
    let file = try model("vgg16")
    try file.export(to: path("out.h5"), as: prepared("out.h5"))
    let (layers, data) = (try TestModel.readLegacy(path("out.h5")), Preprocessing.caffe.layer(channels: 3))
    let added = try #require(layers.first { $0.name == "preprocessing" })
    #expect(added.weights.map(\.name) == ["preprocessing/kernel", "preprocessing/bias"])
    for weight in added.weights {
      let values = data?.weights[weight.name.split(separator: "/").last.map(String.init) ?? ""]
      #expect(values?.withUnsafeBytes { Array($0) } == weight.bytes)
    }
    try file.export(to: path("out.keras"), as: prepared("out.keras"))
    #expect(try archiveConfig(path("out.keras")).text().contains("\"preprocessing\""))
  }

  @Test func namesThatKerasCannotHaveAreTold() throws {
    let builder = GraphBuilder("small")
    let file = try written(builder.build(output: builder.dense(builder.input(.vector(3)), "a/b", 2)))
    let message = failure { try file.export(to: path("out.keras")) }
    #expect(message?.contains("'a/b'") == true && message?.contains(".safetensors") == true)
  }

  /// The graph with all weights 0.
  private func written(_ graph: ModelGraph) throws -> ZooFile {
    let description = ModelDescription(
      base: nil, includeTop: true, graph: graph, preprocessing: .none,
      provenance: Provenance(createdBy: "test"))
    let writer = try ZooFileWriter(path("written.zoo"), model: description)
    for entry in try graph.resolved().entries {
      for spec in entry.weights {
        let info = TensorInfo(layer: entry.node.name, weight: spec.name, type: .float32, shape: spec.shape)
        try writer.write(info) { writer in
          try [Float](repeating: 0, count: spec.elementCount).withUnsafeBytes { try writer.append($0) }
        }
      }
    }
    try writer.finish()
    return try ZooFile(path("written.zoo"))
  }
}
