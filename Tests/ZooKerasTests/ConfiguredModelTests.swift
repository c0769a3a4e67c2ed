import Testing
import ZooFile
import ZooGraph
import ZooHDF5
import ZooPlugin
import ZooSystem

@testable import ZooKeras

/// Models of their authors' own, with no base that is known here.
@Suite struct ConfiguredModelTests {
  private let folder: ZooSystem.TemporaryFolder

  init() throws { folder = try ZooSystem.TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private static func layer(
    _ className: String, _ name: String, _ config: [String: JSONValue] = [:]
  ) -> JSONValue {
    ["class_name": .string(className), "config": .object(config.merging(["name": .string(name)]) { $1 })]
  }

  private static func sequential(_ layers: [JSONValue], input: JSONValue = [nil, 8, 6, 1]) -> JSONValue {
    let first = layer("InputLayer", "picture", ["batch_input_shape": input])
    return ["class_name": "Sequential", "config": ["name": "mine", "layers": .array([first] + layers)]]
  }

  private static let convolution = layer(
    "Conv2D", "conv", ["filters": 3, "kernel_size": [3, 3], "padding": "same", "activation": "relu"])
  private static let dense = layer("Dense", "head", ["units": 2, "activation": "softmax"])
  private static let small = sequential([convolution, layer("Flatten", "flat"), dense])

  /// Weights by layer, each with the name in the file and a shape.
  private static let smallWeights: [(String, [(String, [Int])])] = [
    ("conv", [("conv/kernel:0", [3, 3, 1, 3]), ("conv/bias:0", [3])]), ("flat", []),
    ("head", [("head/kernel:0", [144, 2]), ("head/bias:0", [2])]),
  ]

  /// Writes a legacy file, with the configuration in it if there is one.
  private func write(
    _ name: String, _ config: JSONValue?, _ layers: [(String, [(String, [Int])])], version: String? = "2.4.0"
  ) throws {
    let model = TestModel(
      layers: layers.map { name, weights in
        TestModel.Layer(
          name: name, className: "",
          weights: weights.enumerated().map { number, weight in
            let count = elementCountOf(weight.1) ?? 0
            let values = (0..<count).map { Float(number) + Float($0 % 97) / 97 }
            return TestModel.Weight(
              name: weight.0, type: .float32, shape: weight.1, bytes: values.withUnsafeBytes { Array($0) })
          })
      })
    try model.writeLegacy(
      path(name), version: version, root: config == nil ? "" : "model_weights",
      attributes: try config.map { [.text("model_config", try $0.text())] } ?? [])
  }

  @Test func aModelOfOnesOwnIsTaken() throws {
    try write("own.h5", Self.small, Self.smallWeights)
    let (file, report) = try convert(path("own.h5"), ImportRequest(labels: ["ant", "bee"]))
    #expect(report.base == nil && report.name == "mine" && report.classes == 2 && report.unused.isEmpty)
    #expect(report.inputShape == [8, 6, 1] && report.resolution == .config)
    #expect(file.graph.entries.map(\.node.name) == ["picture", "conv", "flat", "head"])
    #expect(file.graph.outputShape == .vector(2) && file.model.labels == ["ant", "bee"])
    #expect(report.preprocessing == "none" && report.preprocessingReason == .assumed)
    #expect(report.warnings.contains { $0.contains("--preprocessing") })
    #expect(try file.compare(withSource: path("own.h5"), registry: registry) == 4)
  }

  /// As Keras fits them with `label_mode="binary"`: two classes, of which the output is the second one's probability.
  @Test func oneSigmoidUnitIsTwoClasses() throws {
    let unit = Self.layer("Dense", "head", ["units": 1, "activation": "sigmoid"])
    try write(
      "binary.h5", Self.sequential([Self.layer("Flatten", "flat"), unit]),
      [("flat", []), ("head", [("head/kernel:0", [48, 1]), ("head/bias:0", [1])])])
    let (file, report) = try convert(path("binary.h5"), ImportRequest(labels: ["ant", "bee"]))
    #expect(report.classes == 2 && file.model.labels == ["ant", "bee"])
    #expect(
      file.graph.classOutput(labels: 2) == .secondOfTwo && file.graph.classOutput(labels: 1) == .perClass(1))
    let values = [Float(0.25)].withUnsafeBufferPointer { ClassOutput.secondOfTwo.values(of: $0) }
    #expect(values == [0.75, 0.25])
    let message = failure { _ = try convert(path("binary.h5"), ImportRequest(labels: ["a", "b", "c"])) }
    #expect(message?.contains("has 2 classes, but 3 labels were given") == true)
    let linear = Self.layer("Dense", "head", ["units": 1])
    try write(
      "linear.h5", Self.sequential([Self.layer("Flatten", "flat"), linear]),
      [("flat", []), ("head", [("head/kernel:0", [48, 1]), ("head/bias:0", [1])])])
    #expect(try convert(path("linear.h5")).1.classes == 1)
  }

  /// A single number of NumPy's, as Keras 2.2 and Keras 3 write it.
  @Test(
    arguments: [
      ["type": "ndarray", "value": 6.0],
      ["class_name": "__numpy__", "config": ["value": [6.0], "dtype": "float32"]],
    ] as [JSONValue])
  func numbersOfNumPy(_ six: JSONValue) throws {
    let relu = Self.layer(
      "ReLU", "relu", ["max_value": six, "threshold": ["type": "ndarray", "value": 0.0]])
    try write("numbers.h5", Self.sequential([relu]), [("relu", [])])
    let (file, _) = try convert(path("numbers.h5"))
    #expect(file.graph.graph.nodes.last?.layer == Layer(Activation(.relu6)))
  }

  @Test func thePreprocessingCanBeSaid() throws {
    try write("own.h5", Self.small, Self.smallWeights)
    let unit = ImportRequest(preprocessing: .unit)
    let (file, report) = try convert(path("own.h5"), unit)
    #expect(file.model.preprocessing == .unit && report.preprocessingReason == .asked)
    #expect(report.warnings.isEmpty)
    let torch = failure { _ = try convert(path("own.h5"), ImportRequest(preprocessing: .torch)) }
    #expect(torch?.contains("takes pictures of 1 channels, but the preprocessing 'torch' is for 3") == true)
  }

  @Test func theConfigurationMayLieBesideOrBeGiven() throws {
    try write("weights.h5", nil, Self.smallWeights)
    let alone = failure { _ = try convert(path("weights.h5")) }
    #expect(alone?.contains("is not a network that is known here") == true)
    try Array(Self.small.text().utf8).write(to: path("other.json"))
    #expect(try convert(path("weights.h5"), ImportRequest(config: path("other.json"))).1.name == "mine")
    try Array(Self.small.text().utf8).write(to: path("weights.json"))
    #expect(try convert(path("weights.h5")).1.name == "mine")
    // A file of another purpose.
    try Array(#"{"epochs": 3}"#.utf8).write(to: path("weights.json"))
    #expect(failure { _ = try convert(path("weights.h5")) } == alone)
  }

  /// Keras 1 wrote no version, layers as a bare list, and names with slashes; the variables' names tell little.
  @Test func namesOfKeras1() throws {
    let squeeze = Self.layer("Conv2D", "fire2/squeeze1x1", ["filters": 2, "kernel_size": 1])
    let expand = Self.layer("Conv2D", "fire2/expand1x1", ["filters": 3, "kernel_size": 1])
    let config = try #require(Self.sequential([squeeze, expand])["config"]?["layers"])
    try write(
      "fire.h5", config,
      [
        ("fire2/squeeze1x1", [("uniform2", [1, 1, 1, 2]), ("fire2/squeeze1x1_b", [2])]),
        ("fire2/expand1x1", [("fire2/expand1x1_W", [1, 1, 2, 3]), ("fire2/expand1x1_b", [3])]),
      ], version: nil)
    let (file, report) = try convert(path("fire.h5"))
    #expect(report.unused.isEmpty && file.tensors.count == 4)
    #expect(file.graph.entries.map(\.node.name) == ["picture", "fire2_squeeze1x1", "fire2_expand1x1"])
    #expect(file.tensors[0].sourceWeight == "uniform2" && file.tensors[0].weight == "kernel")
  }

  /// The weights that training changes come first in a nested model's group, whatever layer they are of.
  @Test(arguments: [true, false])
  func nestedModelsThatAreFrozenInPart(_ namesTell: Bool) throws {
    func dense(_ name: String, trainable: Bool) -> JSONValue {
      Self.layer("Dense", name, ["units": 3, "trainable": .bool(trainable)])
    }
    let inner: JSONValue = [
      "class_name": "Sequential",
      "config": [
        "name": "inner",
        "layers": [
          Self.layer("Flatten", "flat"), dense("frozen", trainable: false),
          Self.layer("BatchNormalization", "bnm"), dense("open", trainable: true),
        ],
      ],
    ]
    let names = [
      "bnm/gamma", "bnm/beta", "open/kernel", "open/bias", "frozen/kernel", "frozen/bias", "bnm/moving_mean",
      "bnm/moving_variance",
    ]
    let shapes = [[3], [3], [3, 3], [3], [4, 3], [3], [3], [3]]
    let weights = zip(names, shapes).enumerated().map { (namesTell ? $1.0 : "variable\($0)", $1.1) }
    try write("nested.h5", Self.sequential([inner], input: [nil, 2, 2, 1]), [("inner", weights)])
    let (file, report) = try convert(path("nested.h5"))
    #expect(report.unused.isEmpty)
    let sources = Dictionary(
      file.tensors.map { ($0.name, $0.sourceWeight) }, uniquingKeysWith: { first, _ in first })
    for (index, name) in names.enumerated() {
      #expect(sources[name] == (namesTell ? name : "variable\(index)"))
    }
  }

  @Test(arguments: [
    ("model.tflite", [0x1C, 0, 0, 0] + Array("TFL3".utf8), "a TensorFlow Lite model"),
    ("frozen.pb", [0x0A, 1, 2], "a graph of TensorFlow (.pb)"), ("net.onnx", [8, 7], "an ONNX model"),
    ("net.pth", [0x50, 0x4B, 3, 4], "a checkpoint or pickle"),
  ])
  func modelsOfOtherProgramsAreNamed(_ name: String, _ bytes: [UInt8], _ kind: String) throws {
    try bytes.write(to: path(name))
    let message = failure { _ = try convert(path(name)) }
    #expect(message?.contains("is " + kind) == true && message?.contains("save") == true, "\(message ?? "")")
  }

  @Test func aSavedModelIsNamed() throws {
    try createFolder(path("saved"))
    try [UInt8](repeating: 0, count: 4).write(to: path("saved/saved_model.pb"))
    let message = failure { _ = try convert(path("saved")) }
    #expect(message?.contains("is a SavedModel folder of TensorFlow") == true)
  }

  /// Whatever it is called, HDF5 is read.
  @Test func theContentDecidesNotTheName() throws {
    try write("own.onnx", Self.small, Self.smallWeights)
    #expect(try convert(path("own.onnx")).1.name == "mine")
  }

  @Test func aTensorTooManyIsRefused() throws {
    let surplus = ("ghost", [("ghost/kernel:0", [2, 2])])
    try write("surplus.h5", Self.small, Self.smallWeights + [surplus])
    let message = failure { _ = try convert(path("surplus.h5")) }
    #expect(message?.contains("the tensor 'ghost/kernel:0' belongs to no layer of it") == true)
  }

  private static let refused: [(JSONValue, String)] = [
    (layer("LSTM", "x", ["units": 3]), "zoo has no such layer"),
    (layer("Conv2D", "x", ["filters": 3, "kernel_size": [9, 9]]), "does not fit into an input"),
    (layer("Conv2D", "x", ["filters": -3, "kernel_size": 1]), "filters must be between"),
    (layer("Conv2D", "x", ["filters": 3, "kernel_size": 1, "strides": [0, 1]]), "strides must be between"),
    (layer("Conv2D", "x", ["filters": 3]), "it lacks 'kernel_size'"),
    (layer("Conv2D", "x", ["filters": 3, "kernel_size": 1, "padding": "causal"]), "padding 'causal'"),
    (layer("BatchNormalization", "x", ["axis": 0]), "'axis' 0 is not supported: it is the batch's"),
    (layer("BatchNormalization", "x", ["axis": [1, 2]]), "only one axis"),
    (layer("Softmax", "x", ["axis": 4]), "'axis' 4 is none of its 4 axes"),
    (
      layer("Lambda", "x", ["function": ["4wEAAAAA", nil, nil]]), "runs Python code, which is never executed"
    ),
    (
      [
        "class_name": "Conv2D", "module": nil, "registered_name": "Conv2D",
        "config": ["name": "x", "filters": 3, "kernel_size": 1],
      ], "a class of its author's, 'Conv2D'"
    ),
    (
      [
        "class_name": "Conv2D", "module": "keras_more.layers", "registered_name": "more>Conv2D",
        "config": ["name": "x", "filters": 3, "kernel_size": 1],
      ], "a class of its author's, 'keras_more.layers.Conv2D'"
    ),
    (layer("Dropout", "x", ["rate": 0.5, "noise_shape": [nil, 1, 1, 2]]), "'noise_shape' must be null"),
    (layer("SpatialDropout2D", "x", ["rate": 0.5, "data_format": "channels_first"]), "channels_first"),
    (layer("CustomScaleLayer", "x", ["scale": 0.1]), "takes two inputs"),
    (
      layer("UpSampling2D", "x", ["interpolation": "lanczos3"]),
      "the interpolation 'lanczos3' is not supported"
    ),
    (
      layer("Conv2DTranspose", "x", ["filters": 2, "kernel_size": 3, "output_padding": 1]),
      "output_padding must be"
    ),
    (
      layer("Resizing", "x", ["height": 4, "width": 4, "antialias": true]),
      "'antialias' true is not supported"
    ),
    (
      layer("TimeDistributed", "x", ["layer": ["class_name": "LSTM", "config": [:]]]), "zoo has no such layer"
    ),
    (layer("Reshape", "x", ["target_shape": [7, -1]]), "does not divide"),
    (layer("Dot", "x", ["axes": 1]), "takes two inputs"), (layer("Subtract", "x", [:]), "takes 2 inputs"),
    (layer("Permute", "x", ["dims": [1, 2]]), "are no order of those of"),
    (layer("RandomCrop", "x", ["height": 2, "width": 2]), "zoo has no such layer"),
    (layer("Activation", "x", ["activation": "sigmoidal"]), "no activation 'sigmoidal'"),
    (layer("MaxPooling2D", "x", ["pool_size": 2, "data_format": "channels_first"]), "channels_first"),
    (layer("Conv2D", "x", ["filters": 3, "kernel_size": 1, "dtype": "float16"]), "its dtype 'float16'"),
  ]

  @Test(arguments: refused)
  func whatIsRefusedIsNamed(_ layer: JSONValue, _ reason: String) throws {
    try write("refused.h5", Self.sequential([Self.convolution, layer]), Self.smallWeights)
    let message = failure { _ = try convert(path("refused.h5")) }
    #expect(message?.contains("is a whole model of 2 layers for ") == true, "\(message ?? "no error")")
    #expect(message?.contains("layer 'x' (") == true && message?.contains(reason) == true, "\(message ?? "")")
  }

  /// A class of one's own that lists its layers as Keras' models do, such as one with another training step.
  @Test func aDerivedModelIsWhatItLists() throws {
    guard
      case .object(var model) = JSONValue.object([
        "class_name": "Model",
        "config": [
          "name": "derived",
          "layers": [
            [
              "class_name": "InputLayer", "name": "a", "inbound_nodes": [],
              "config": ["name": "a", "batch_input_shape": [nil, 4]],
            ],
            [
              "class_name": "Dense", "name": "b", "inbound_nodes": [[["a", 0, 0, [:]]]],
              "config": ["name": "b", "units": 2],
            ],
          ], "input_layers": [["a", 0, 0]], "output_layers": [["b", 0, 0]],
        ],
      ])
    else { return }
    model["class_name"] = "WithItsOwnTraining"
    try write("derived.h5", .object(model), [("b", [("b/kernel:0", [4, 2]), ("b/bias:0", [2])])])
    let (_, report) = try convert(path("derived.h5"))
    #expect(report.name == "derived" && report.warnings.contains { $0.contains("'WithItsOwnTraining'") })
    model["config"] = [:]
    try write("opaque.h5", .object(model), [])
    let message = failure { _ = try convert(path("opaque.h5")) }
    #expect(message?.contains("author's class 'WithItsOwnTraining', which lists no layers") == true)
  }

  /// Models whose layers are not connected as a graph.
  @Test(arguments: [
    ([Self.call("b", ["nope"])], "b", "layer 'b' takes the output of 'nope', which is no layer of the model"),
    ([Self.call("b", ["a"])], "nope", "an output of it is the output of 'nope', which is no layer"),
    ([Self.call("b", ["a"]), Self.call("b", ["a"])], "b", "two of its layers are called 'b'"),
    ([Self.call("b", ["c"]), Self.call("c", ["b"])], "c", "not connected in an order: 'b' waits"),
    ([Self.call("b", ["b"])], "b", "not connected in an order: 'b' waits"),
    ([Self.call("b", ["a", "a"])], "b", "layer 'b' (ReLU): takes one input, found 2"),
    ([Self.call("b", ["a"], output: 9)], "b", "takes output number 9 of 'a', which is not there"),
  ])
  func whatIsNoGraphIsNamed(_ layers: [JSONValue], _ output: String, _ reason: String) throws {
    try write("broken.h5", functional(layers, output: output), [])
    let message = failure { _ = try convert(path("broken.h5")) }
    #expect(message?.contains(reason) == true, "\(message ?? "no error")")
  }

  /// A ReLU called with an output of layers.
  private static func call(_ name: String, _ inputs: [String], output: Int = 0) -> JSONValue {
    let tensors = inputs.map { JSONValue.array([.string($0), 0, .number(Double(output)), [:]]) }
    return [
      "class_name": "ReLU", "name": .string(name), "inbound_nodes": [.array(tensors)],
      "config": ["name": .string(name)],
    ]
  }

  @Test(
    arguments: [
      ([nil, nil, nil, 3], "give it with --input-size"), ([nil, 8, 8, nil], "no option can give"),
      ([nil], "does not tell its shape"), ([nil, "a", 8, 3], "give it with --input-size"),
    ] as [(JSONValue, String)])
  func openInputs(_ shape: JSONValue, _ reason: String) throws {
    try write("open.h5", Self.sequential([Self.convolution], input: shape), Self.smallWeights)
    let message = failure { _ = try convert(path("open.h5")) }
    #expect(message?.contains("layer 'picture' (InputLayer)") == true && message?.contains(reason) == true)
  }

  /// MobileNetV2 pads by the parity of the size, so that at an odd one it is another graph than its configuration at an
  /// even one.
  @Test func aKnownBaseAtAnotherSizeIsWhatItsConstructorMakes() throws {
    let base = try registry.base(named: "mobilenetv2_0.35_96")
    func graph(_ size: Int) throws -> ModelGraph {
      try registry.architecture(of: Variant(of: base, includeTop: false, inputSize: Size2D(size))).graph
    }
    let config = try graph(96).resolved().functionalConfig()
    let model = try JSONValue.object(["class_name": "Functional", "config": config]).text()
    try TestModel(base.name).writeLegacy(
      path("base.h5"), version: "2.15.0", root: "model_weights", attributes: [.text("model_config", model)])
    let (file, report) = try convert(path("base.h5"), ImportRequest(inputSize: Size2D(65)))
    #expect(report.base == base.name && report.resolution == .asked && report.inputShape == [65, 65, 3])
    #expect(file.model.graph.nodes.map(\.layer) == (try graph(65)).nodes.map(\.layer))
    #expect(file.model.graph.nodes.map(\.layer) != (try graph(66)).nodes.map(\.layer))
  }

  @Test func anOpenSizeIsGiven() throws {
    let pool = Self.layer("GlobalAveragePooling2D", "pool")
    try write(
      "open.h5", Self.sequential([Self.convolution, pool], input: [nil, nil, nil, 1]),
      [Self.smallWeights[0], ("pool", [])])
    let (_, report) = try convert(path("open.h5"), ImportRequest(inputSize: Size2D(5, 7)))
    #expect(report.inputShape == [5, 7, 1] && report.resolution == .asked)
  }

  /// As with `include_preprocessing=False`: what the base begins with is left to the outside.
  @Test(arguments: [
    "mobilenetv3small_minimalistic_1.0_224", "efficientnetv2b0", "efficientnetv2s", "convnext_tiny",
  ])
  func preparationMayBeLeftOutside(_ name: String) throws {
    let base = try registry.base(named: name)
    let graph = try registry.architecture(of: Variant(of: base, includeTop: false, inputSize: Size2D(64)))
      .graph
    let whole = try #require(BaseFinder(graph, in: registry).find(preferred: nil))
    #expect(whole.base.name == name && whole.leftOutside.isEmpty)

    var without = graph
    let preparation = graph.nodes.dropFirst().prefix { $0.layer.kind is any AffineLayer }
    let input = graph.nodes[0].name
    without.nodes.removeAll { node in preparation.contains { $0.name == node.name } }
    for index in without.nodes.indices {
      without.nodes[index].inputs = without.nodes[index].inputs.map {
        $0 == preparation.last?.name ? input : $0
      }
    }
    let found = try #require(BaseFinder(without, in: registry).find(preferred: nil))
    #expect(!preparation.isEmpty && found.base.name == name)
    #expect(found.leftOutside.map { Layer($0) } == preparation.map(\.layer))
  }

  /// As Teachable Machine numbers them; a file with other names than there are classes is not used, and named.
  @Test func classNamesLieBesideAModel() throws {
    try write("own.h5", Self.small, Self.smallWeights)
    let count = try #require(try convert(path("own.h5")).1.classes)
    let names = (0..<count).map { "class \($0)" }
    try Array(names.enumerated().map { "\($0) \($1)\n" }.joined().utf8).write(to: path("labels.txt"))
    let (file, report) = try convert(path("own.h5"))
    #expect(file.model.labels == names && report.warnings.contains { $0.contains("labels.txt") })
    try Array(names.map { $0 + "\n" }.joined().utf8 + Array("one more\n".utf8)).write(to: path("labels.txt"))
    let (unnamed, warned) = try convert(path("own.h5"))
    #expect(unnamed.model.labels == nil && warned.warnings.contains { $0.contains("it was not used") })
    let given = try convert(path("own.h5"), ImportRequest(labels: names)).0
    #expect(given.model.labels == names)
  }

  @Test(arguments: [("a\nb\n", ["a", "b"]), ("0 a\n1 b c\n", ["a", "b c"]), ("1 a\n0 b", ["1 a", "0 b"])])
  func numbersOfClassesAreTakenOff(_ text: String, _ names: [String]) throws {
    #expect(try KerasSource.classNames(Array(text.utf8), of: "labels.txt") == names)
  }

}

extension [UInt8] {
  fileprivate func write(to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(self)
    try file.commit()
  }
}
