import Testing
import ZooExport
import ZooFile
import ZooGraph
import ZooHDF5
import ZooPlugin
import ZooSystem

@testable import ZooKeras

/// Whole models with a head of their owner's on a known base.
@Suite struct OwnHeadTests {
  private let folder: ZooSystem.TemporaryFolder

  init() throws { folder = try ZooSystem.TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private static func base() throws -> ResolvedGraph {
    let variant = Variant(of: try registry.base(named: smallBase), includeTop: false)
    return try registry.architecture(of: variant).graph.resolved()
  }

  private static let pool: JSONValue = ["class_name": "GlobalAveragePooling2D", "config": ["name": "pool"]]
  private static let dense: JSONValue = [
    "class_name": "Dense", "config": ["name": "head", "units": 2, "activation": "softmax", "use_bias": true],
  ]

  /// The base as a layer, with others before and behind it.
  private static func sequential(before: [JSONValue] = [], behind: [JSONValue] = [pool, dense]) throws
    -> JSONValue
  {
    let base: JSONValue = ["class_name": "Functional", "config": try base().functionalConfig()]
    let input: JSONValue = [
      "class_name": "InputLayer", "config": ["name": "picture", "batch_shape": [nil, 96, 64, 3]],
    ]
    return [
      "class_name": "Sequential",
      "config": ["name": "mine", "layers": .array([input] + before + [base] + behind)],
    ]
  }

  /// Converts a file with the base as one layer and a head, and this configuration.
  private func converted(
    _ config: JSONValue, version: String = "2.15.0", _ request: ImportRequest = ImportRequest()
  ) throws -> (ZooFile, ImportReport) {
    var model = try TestModel().nested(in: "mobilenet")
    model.addHead()
    try model.writeLegacy(
      path("in.h5"), version: version, root: "model_weights",
      attributes: [.text("model_config", try config.text())])
    return try convert(path("in.h5"), request)
  }

  @Test func theHeadIsTaken() throws {
    let (file, report) = try converted(Self.sequential(), ImportRequest(labels: ["ant", "bee"]))
    #expect(report.base == smallBase && report.hasOwnHead && report.includeTop && report.classes == 2)
    #expect(report.unused.isEmpty && report.warnings.isEmpty && report.inputSize == [96, 64])
    #expect(file.model.labels == ["ant", "bee"] && file.model.preprocessing == .tf)
    #expect(file.graph.inputShape == .map(96, 64, 3) && file.graph.outputShape == .vector(2))
    #expect(file.graph.entries.suffix(2).map(\.node.name) == ["pool", "head"])
    #expect(file.contents.count == (try Self.base()).entries.reduce(2) { $0 + $1.weights.count })
    #expect(try file.compare(withSource: path("in.h5"), registry: registry) == file.tensors.count)
  }

  @Test func noTopLeavesItOut() throws {
    let (file, report) = try converted(Self.sequential(), ImportRequest(includeTop: false))
    #expect(!report.includeTop && report.unused.count == 2 && report.warnings.isEmpty)
    #expect(try file.compare(withSource: path("in.h5"), registry: registry) == file.tensors.count)
  }

  @Test func aTopCanBeAskedFor() throws {
    #expect(try converted(Self.sequential(), ImportRequest(includeTop: true)).1.hasOwnHead)
    let lambda: JSONValue = ["class_name": "Lambda", "config": ["name": "mine"]]
    let message = failure {
      _ = try converted(
        Self.sequential(behind: [Self.pool, lambda, Self.dense]), ImportRequest(includeTop: true))
    }
    #expect(message?.contains("layer 'mine' (Lambda): it runs Python code") == true)
  }

  @Test func layersThatPrepareThePixelsReplaceThePreprocessing() throws {
    let scaling: JSONValue = [
      "class_name": "Rescaling", "config": ["name": "scaling", "scale": 0.5, "offset": -1],
    ]
    let (file, report) = try converted(Self.sequential(before: [scaling]))
    #expect(file.model.preprocessing == .none && file.graph.entries[1].node.name == "scaling")
    #expect(report.preprocessingReason == .insideModel && report.warnings.isEmpty)
  }

  @Test func augmentationIsDropped() throws {
    let flip: JSONValue = ["class_name": "RandomFlip", "config": ["name": "flip", "mode": "horizontal"]]
    let (file, report) = try converted(Self.sequential(before: [flip]))
    #expect(file.model.preprocessing == .tf && report.warnings.isEmpty)
    #expect(file.graph.index(of: "flip") == nil)
  }

  @Test(
    arguments: [
      ("Lambda", ["name": "mine"], "runs Python code"),
      ("ReLU", ["name": "mine", "max_value": "high"], "'max_value' must be a number"),
      ("Activation", ["name": "mine", "activation": "mine"], "no activation 'mine'"),
      ("Activation", ["name": "mine", "activation": 3], "the activation '3' is not supported"),
      (
        "Dense",
        [
          "name": "mine", "units": 2,
          "activation": ["class_name": "PReLU", "config": ["shared_axes": [1]]],
        ],
        "the activation 'PReLU' is not supported"
      ),
      ("Flatten", ["name": "mine", "data_format": "channels_first"], "'data_format' \"channels_first\""),
      ("Dense", ["name": "mine", "units": "many"], "'units' must be a whole number, found \"many\""),
      ("Dense", ["name": "mine", "units": 2, "dtype": "float64"], "its dtype 'float64'"),
      ("Dense", ["name": "mine", "units": 2, "new": 1], "its parameter 'new' is not supported"),
      ("Dense", ["name": "mine"], "it lacks 'units'"),
      ("Softmax", ["name": "mine", "axis": 2], "'axis' 2 is none of its 2 axes"),
      ("Functional", ["name": "mine", "layers": []], "with 0 inputs is called with 1 tensors"),
    ] as [(String, JSONValue, String)])
  func whatIsNotKnownIsRefused(_ className: String, _ config: JSONValue, _ reason: String) throws {
    let layer: JSONValue = ["class_name": .string(className), "config": config]
    let model = try Self.sequential(behind: [Self.pool, layer, Self.dense])
    let message = failure { _ = try converted(model) }
    #expect(message?.contains(reason) == true, "\(message ?? "no error")")
  }

  /// What cannot be read behind a known base does not hinder taking that.
  @Test func withoutTopTheBaseIsTaken() throws {
    let lambda: JSONValue = ["class_name": "Lambda", "config": ["name": "mine"]]
    let model = try Self.sequential(behind: [Self.pool, lambda, Self.dense])
    let (file, report) = try converted(model, ImportRequest(includeTop: false))
    #expect(report.unused.map(\.name) == ["head/kernel", "head/bias"] && !report.includeTop)
    #expect(try file.graph.entries.map(\.node.name) == Self.base().entries.map(\.node.name))
  }

  /// What nearly is a base is what its configuration says, and no base.
  @Test func anotherEpsilonIsNotTheBase() throws {
    guard case .object(var model) = try Self.base().functionalConfig(), var layers = model["layers"]?.array,
      let index = layers.firstIndex(where: { $0["class_name"] == "BatchNormalization" }),
      case .object(var layer) = layers[index], case .object(var config)? = layer["config"]
    else {
      Issue.record("no BatchNormalization")
      return
    }
    config["epsilon"] = 0.01
    layer["config"] = .object(config)
    layers[index] = .object(layer)
    model["layers"] = .array(layers)
    try TestModel().writeLegacy(
      path("near.h5"), version: "2.15.0", root: "model_weights",
      attributes: [
        .text(
          "model_config", try JSONValue.object(["class_name": "Functional", "config": .object(model)]).text())
      ])
    let (file, report) = try convert(path("near.h5"))
    #expect(report.base == nil && report.preprocessing == "none" && report.preprocessingReason == .assumed)
    let name = try #require(layer["config"]?["name"]?.string)
    let normalization = try #require(file.graph.entry(named: name).node.layer.kind as? BatchNormalization)
    #expect(normalization.epsilon == 0.01)
    #expect(report.warnings.contains { $0.contains("how its pixels are prepared") })
  }

  @Test func calculationsOfBothKerasesBecomeLayers() throws {
    let tensor: JSONValue = [
      "class_name": "__keras_tensor__", "config": ["keras_history": ["picture", 0, 0]],
    ]
    #expect(try operation("TrueDivide", in: "keras.src.ops.numpy", 4) as? Rescaling == Rescaling(scale: 0.25))
    let subtraction = try operation("TFOpLambda", ["function": "math.subtract"], 1)
    #expect(subtraction as? Rescaling == Rescaling(scale: 1, offset: -1))
    let input: JSONValue = ["class_name": "InputLayer", "name": "picture", "config": ["name": "picture"]]
    for call in [
      ["args": [tensor, 127.5], "kwargs": [:]], ["picture", 0, 0, ["y": 127.5, "name": nil]],
    ] as [JSONValue] {
      let layer: JSONValue = [
        "class_name": "TrueDivide", "module": "keras.src.ops.numpy", "name": "half", "config": [:],
        "inbound_nodes": [call],
      ]
      let graph = try ConfigGraph([
        "class_name": "Functional", "config": ["layers": [layer, input], "output_layers": ["half", 0, 0]],
      ])
      let half = try #require(graph.nodes.last?.call)
      #expect(half.tensors == [.tensor(layer: "picture", call: 0, output: 0)])
      #expect(half.arguments.last?.number ?? half.keywords["y"]?.number == 127.5)
    }
  }

  @Test func nonsenseIsNotFollowed() {
    var nested: JSONValue = Self.dense
    for _ in 0..<100 { nested = ["class_name": "Sequential", "config": ["layers": [nested]]] }
    let loop: JSONValue = [
      "class_name": "Dense", "name": "a", "config": [:], "inbound_nodes": [[["a", 0, 0, [:]]]],
    ]
    let twice: JSONValue = [
      "class_name": "Dense", "name": "a", "config": [:],
      "inbound_nodes": [[["a", 0, 0, [:]]], [["a", 0, 0, [:]]]],
    ]
    for layers in [[loop], [twice], [1], []] as [JSONValue] {
      #expect(throws: UnknownLayer.self) {
        try ConfigGraph([
          "class_name": "Functional", "config": ["layers": layers, "output_layers": ["a", 0, 0]],
        ])
      }
    }
    for model in [nested, nil, [], ["class_name": "Sequential"], ["class_name": "Mine", "config": [:]]]
      as [JSONValue]
    {
      #expect(throws: UnknownLayer.self) { try ConfigGraph(model) }
    }
  }

  @Test func hardActivationsAreFoldedAsTheyWereSpelledOut() throws {
    let variant = Variant(of: try registry.base(named: "mobilenetv3large_1.0_224"), includeTop: true)
    let graph = try registry.architecture(of: variant).graph
    let spelled = graph.spellingOut { $0 == .hardSigmoid || $0 == .hardSilu }
    #expect(spelled.nodes.count > graph.nodes.count)
    var folded = spelled
    folded.foldHardActivations()
    #expect(try folded.cut(at: graph.output).nodes == graph.nodes)
  }

  @Test(arguments: ["out.h5", "out.keras"], [true, false])
  func whatWasExportedComesBack(_ name: String, _ withPreprocessing: Bool) throws {
    let (file, _) = try converted(Self.sequential())
    try file.export(to: path(name), as: withPreprocessing ? prepared(name) : nil)
    let (again, report) = try convert(path(name))
    #expect(again.contents == file.contents && report.base == smallBase && report.hasOwnHead)
    #expect(again.model.preprocessing == (withPreprocessing ? .none : .tf))
    if !withPreprocessing { #expect(again.graph.graph.nodes == file.graph.graph.nodes) }
  }

  /// Keras counts the layers of a `.keras` in its own order, which is not that in which a graph with branches was
  /// written down.
  @Test func layersAreListedInKerasOrder() throws {
    let variant = Variant(of: try registry.base(named: "resnet50"), includeTop: false)
    let graph = try registry.architecture(of: variant).graph.resolved()
    let expected = graph.kerasOrder.map { graph.entries[$0].node.name }
    #expect(expected != graph.entries.map(\.node.name))
    let listed = try graph.functionalConfig()["layers"]?.array ?? []
    #expect(listed.map { $0["name"]?.string } == expected)
  }

  /// The `.h5` of Keras 3 does not tell an operation's module.
  @Test(arguments: ["keras.src.ops.numpy", nil])
  func aNumberMakesItAnOperation(_ module: String?) throws {
    let layer = try operation("Add", in: module, 3) as? Rescaling
    #expect(layer == Rescaling(scale: 1, offset: 3))
  }

  /// A mask is a tensor as an input is, but none.
  @Test(arguments: ["mask", "attention_mask", "value"]) func tensorsByOtherNamesAreRefused(_ keyword: String)
    throws
  {
    let tensor = Argument.tensor(layer: "x", call: 0, output: 0)
    var call = Call()
    (call.arguments, call.keywords) = ([tensor], [keyword: tensor])
    let node = ConfigNode(
      name: "a", className: "Add", module: "keras.layers", config: [:], call: call, path: "")
    let context = ConfigContext(node: node, inputs: [.vector(2), .vector(2)], shapes: [:], inputSize: nil)
    #expect {
      try node.layer(in: context)
    } throws: { ($0 as? UnknownLayer)?.reason.contains("called with '\(keyword)'") == true }
  }

  /// What an operation on a picture and a number is.
  private func operation(
    _ className: String, _ config: [String: JSONValue] = [:], in module: String? = nil, _ number: Double
  ) throws -> (any LayerKind)? {
    let picture = Argument.tensor(layer: "x", call: 0, output: 0)
    var call = Call()
    call.arguments = [picture, .value(.number(number))]
    let node = ConfigNode(
      name: "a", className: className, module: module, config: config, call: call, path: "")
    let shape = Shape.map(4, 4, 3)
    let context = ConfigContext(
      node: node, inputs: [shape], shapes: [TensorKey(picture): shape], inputSize: nil)
    return if case .layer(let kind) = try node.layer(in: context) { kind } else { nil }
  }
}
