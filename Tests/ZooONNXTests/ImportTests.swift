import Glibc
import Testing
import ZooFile
import ZooGraph
import ZooSystem

@testable import ZooONNX

/// Models read, mostly those that were written before.
@Suite struct ImportTests {
  /// What a model becomes that is written and read again.
  private func again(
    _ model: TestModel, _ change: (inout ONNXOptions) -> Void = { _ in }
  ) throws -> ZooFile {
    _ = try model.exported(change)
    let path = "\(model.folder.path)/again.zoo"
    try ONNXImport(model.path).write(to: path)
    return try ZooFile(path)
  }

  private func classes(_ file: ZooFile) -> [String] { file.graph.entries.map(\.node.layer.className) }

  @Test(arguments: ONNXOptions.Layout.allCases)
  func theSameLayersAndWeights(_ layout: ONNXOptions.Layout) throws {
    let model = try TestModel(preprocessing: .torch, labels: ["a", "b"]) { g, x in
      var x = g.conv2D(x, "conv", 5, kernel: 3, padding: .same, activation: .relu)
      x = g.depthwiseConv2D(g.maxPooling2D(x, "pool", pool: 2), "depthwise", kernel: 2)
      x = g.activation(g.batchNormalization(x, "bn"), "swish", .hardSilu)
      return g.dense(g.flatten(x, "flatten"), "dense", 2, activation: .softmax)
    }
    let file = try again(model) { ($0.layout, $0.keepsBatchNormalization) = (layout, true) }
    #expect(
      classes(file) == [
        "InputLayer", "Conv2D", "Activation", "MaxPooling2D", "DepthwiseConv2D", "BatchNormalization",
        "Activation",
        "Flatten", "Dense", "Activation",
      ])
    #expect(
      file.model.labels == ["a", "b"] && file.model.preprocessing == .torch
        && file.graph.inputShape == .map(6, 4, 3))
    let given = model.file.graph.entries.flatMap { entry in entry.weights.map { (entry.owner, $0.name) } }
    let found = file.graph.entries.flatMap { entry in entry.weights.map { (entry.owner, $0.name) } }
    for ((layer, weight), (again, name)) in zip(given, found) {
      let values = try file.withWeight(layer: again, weight: name) { Array($0) }
      let expected = try model.values(layer, weight)
      #expect(weight == name && values == expected, "\(layer)/\(weight)")
    }
    #expect(given.count == found.count && given.count == 11 - 1)
  }

  @Test func branchesPoolingsAndScaling() throws {
    let model = try TestModel { g, x in
      let x = g.rescaling(x, "rescaling", scale: [1, 2, 3], offset: [0, 1, 0])
      let y = g.conv2D(g.globalAveragePooling2D(x, "pool", keepdims: true), "conv", 3, kernel: 1)
      let z = g.concatenate("concatenate", g.multiply("multiply", x, y), g.add("add", x, x))
      return g.dense(g.globalMaxPooling2D(z, "largest"), "dense", 4)
    }
    #expect(
      classes(try again(model)) == [
        "InputLayer", "Rescaling", "Rescaling", "GlobalAveragePooling2D", "Conv2D", "Multiply", "Add",
        "Concatenate",
        "GlobalMaxPooling2D", "Dense",
      ])
  }

  @Test func layerNormalization() throws {
    let model = try TestModel { g, x in g.layerNormalization(x, "norm") }
    for layout in ONNXOptions.Layout.allCases {
      let file = try again(model) { $0.layout = layout }
      #expect(classes(file) == ["InputLayer", "LayerNormalization"])
      let expected = try model.values("norm", "gamma")
      let name = try #require(file.graph.entries.last?.owner)
      #expect(try file.withWeight(layer: name, weight: "gamma") { Array($0) } == expected)
    }
  }

  /// Windows beyond the map, as PyTorch's `ceil_mode` has them: margins that never win, or a refusal.
  @Test(arguments: [
    ("MaxPool", true, Shape.map(3, 3, 3), true), ("MaxPool", false, Shape.map(3, 3, 3), true),
    ("AveragePool", true, Shape.map(3, 3, 3), false),
  ])
  func poolingsRoundedUp(_ operation: String, _ isNonNegative: Bool, _ expected: Shape, _ isTaken: Bool)
    throws
  {
    let model = try TestModel(.map(7, 7, 3)) { g, x in
      let x = isNonNegative ? g.activation(x, "relu", .relu) : x
      return g.maxPooling2D(x, "pool", pool: 3, strides: 3)
    }
    var onnx = try model.exported()
    let last = onnx.nodes.count - 1
    onnx.nodes[last].operation = operation
    onnx.nodes[last].attributes["ceil_mode"] = .int(1)
    var reader = GraphReader(onnx)
    if isTaken {
      #expect(try reader.graph(size: nil).resolved().outputShape == expected)
    } else {
      #expect(throws: FileError.self) { try reader.graph(size: nil) }
    }
  }

  /// What the nodes make of a map of 6 × 5 × 8, which lies with its channels first in the file.
  private func layers(
    _ nodes: [ReadNode], _ numbers: [String: [Int]] = [:], output: String = "y"
  ) throws -> [Node] {
    let model = try TestModel(.map(6, 5, 8)) { g, x in g.activation(x, "relu", .relu) }
    var onnx = try model.exported()
    for (name, values) in numbers {
      let bits = values.map { UInt64(bitPattern: Int64($0)) }
      onnx.tensors[name] = ReadTensor(name: name, type: 7, shape: [bits.count], numbers: .listed(bits))
    }
    onnx.nodes += nodes
    onnx.outputs = [output]
    var reader = GraphReader(onnx)
    return Array(try reader.graph(size: nil).nodes.dropFirst(2))
  }

  private static func node(
    _ operation: String, _ inputs: [String], _ outputs: [String] = ["y"],
    _ attributes: [String: ReadAttribute] = [:]
  ) -> ReadNode {
    ReadNode(
      name: "\(operation)_\(outputs[0])", operation: operation, inputs: inputs, outputs: outputs,
      attributes: attributes)
  }

  private static let swap = ReadAttribute.ints([0, 2, 1, 3, 4])

  /// ShuffleNet's channels: groups of them change places.
  @Test func shuffledChannels() throws {
    let found = try layers(
      [
        Self.node("Reshape", ["relu", "split"], ["a"]),
        Self.node("Transpose", ["a"], ["b"], ["perm": Self.swap]),
        Self.node("Reshape", ["b", "joined"], ["c"]), Self.node("GlobalMaxPool", ["c"]),
      ], ["split": [-1, 2, 4, 6, 5], "joined": [0, -1, 6, 5]])
    #expect(
      found.map(\.layer) == [
        Layer(Reshape(targetShape: Shape([6, 5, 2, 4]))), Layer(Permute(axes: [0, 1, 3, 2])),
        Layer(Reshape(targetShape: .map(6, 5, 8))), Layer(GlobalMaxPooling2D(keepdims: true)),
      ])
  }

  /// The same with a shape that is computed, as PyTorch's older exporter writes it.
  @Test func computedShapes() throws {
    let nodes = [
      Self.node("Shape", ["relu"], ["shape"]), Self.node("Gather", ["shape", "zero"], ["pictures"]),
      Self.node("Gather", ["shape", "one"], ["channels"]), Self.node("Div", ["channels", "two"], ["half"]),
      Self.node("Unsqueeze", ["half", "zero"], ["halves"]),
      Self.node("Shape", ["relu"], ["rest"], ["start": .int(-2)]),
      Self.node("Concat", ["pictures", "two", "halves", "rest"], ["target"], ["axis": .int(0)]),
      Self.node("Reshape", ["relu", "target"], ["groups"]),
      Self.node("Transpose", ["groups"], ["y"], ["perm": .ints([0, 3, 4, 1, 2])]),
    ]
    let numbers = ["zero": [0], "one": [1], "two": [2]]
    #expect(try layers(nodes, numbers).map(\.layer) == [Layer(Reshape(targetShape: Shape([6, 5, 2, 4])))])

    let product = Self.node("Mul", ["pictures", "two"], ["twice"])
    let reshape = Self.node("Reshape", ["relu", "twice"])
    let error = #expect(throws: FileError.self) {
      try layers(nodes.dropLast(2) + [product, reshape], numbers)
    }
    #expect(error?.reason.contains("(Mul) has a computation with the number of pictures") == true)
  }

  @Test(arguments: [
    [-1, 3, 64], [-1, -1, 4], [2, 240], [0, 0, 0, 4], [-1, 8, 6, 4, 2], [-1, Int.max, Int.max], [-1, -2, 96],
    [],
  ])
  func shapesThatCannotBe(_ target: [Int]) {
    #expect(throws: FileError.self) {
      try layers([Self.node("Reshape", ["relu", "target"])], ["target": target])
    }
  }

  @Test func partsOfAMap() throws {
    let split = Self.node("Split", ["relu"], ["a", "b", "c"], ["axis": .int(1)])
    let parts = try layers([split, Self.node("Concat", ["c", "a"], ["y"], ["axis": .int(-3)])])
    func channels(_ start: Int, _ count: Int) -> Layer {
      Layer(Slice(parts: [(0, 6), (0, 5), (start, count)].map { Slice.Part(start: $0.0, count: $0.1) }))
    }
    #expect(parts.map(\.layer) == [channels(0, 3), channels(6, 2), Layer(Concatenate(axis: 2))])
    #expect(parts[2].inputs == [parts[1].name, parts[0].name])

    let slice = Self.node("Slice", ["relu", "starts", "ends", "axes", "steps"])
    let backwards = try layers([slice], ["starts": [-1], "ends": [Int.min], "axes": [2], "steps": [-2]])
    #expect(
      backwards.map(\.layer) == [
        Layer(
          Slice(parts: [
            .init(start: 5, count: 3, step: -2), .init(start: 0, count: 5), .init(start: 0, count: 8),
          ]))
      ])
    for (starts, axes, steps) in [
      ([6], [2], [1]), ([0], [0], [1]), ([0], [2], [0]), ([0, 0], [2, -2], [1, 1]),
    ] {
      #expect(throws: FileError.self) {
        try layers(
          [slice], ["starts": starts, "ends": starts.map { _ in 9 }, "axes": axes, "steps": steps])
      }
    }
  }

  /// Axes of one step come and go; whatever follows finds the channels last.
  @Test func axesOfOneStep() throws {
    let nodes = [
      Self.node("ReduceMean", ["relu", "pixels"], ["a"], ["keepdims": .int(0)]),
      Self.node("Unsqueeze", ["a", "pixels"], ["b"]), Self.node("Mul", ["relu", "b"]),
    ]
    #expect(
      try layers(nodes, ["pixels": [2, 3]]).map(\.layer) == [
        Layer(GlobalAveragePooling2D(keepdims: false)), Layer(Reshape(targetShape: .map(1, 1, 8))),
        Layer(Multiply()),
      ])
    let rows = [
      Self.node("ReduceSum", ["relu", "two"], ["a"], ["keepdims": .int(0)]),
      Self.node("Transpose", ["a"], ["b"], ["perm": .ints([0, 2, 1])]), Self.node("Softmax", ["b"]),
    ]
    #expect(
      try layers(rows, ["two": [2]]).map(\.layer) == [
        Layer(Reduce(.sum, axes: [0], keepdims: false)), Layer(Activation(.softmax)),
      ])
  }

  /// Numbers for each row and column, times the values; and the length of each pixel's vector.
  @Test func givenNumbersAndNorms() throws {
    let model = try TestModel(.map(2, 5, 8)) { g, x in g.activation(x, "relu", .relu) }
    var onnx = try model.exported()
    let bits = (0..<10).map { UInt64(Float($0).bitPattern) }
    onnx.tensors["n"] = ReadTensor(name: "n", type: 1, shape: [1, 2, 5], numbers: .listed(bits))
    onnx.nodes.append(Self.node("Mul", ["n", "relu"], ["a"]))
    onnx.nodes.append(Self.node("ReduceL2", ["a"], ["y"], ["axes": .ints([1])]))
    onnx.outputs = ["y"]
    var reader = GraphReader(onnx)
    #expect(
      try reader.graph(size: nil).nodes.dropFirst(2).map(\.layer) == [
        Layer(Constant(shape: .map(2, 5, 1), values: (0..<10).map(Float.init))), Layer(Arithmetic(.multiply)),
        Layer(Elementwise(.square)), Layer(Reduce(.sum, axes: [2], keepdims: true)),
        Layer(Elementwise(.squareRoot)),
      ])
    onnx.tensors["n"]?.shape = [10, 1, 1, 1]
    reader = GraphReader(onnx)
    #expect(throws: FileError.self) { try reader.graph(size: nil) }
  }

  /// Groups of channels, as PyTorch writes their normalization.
  @Test func groupNormalization() throws {
    let model = try TestModel(.map(6, 5, 8)) { g, x in g.activation(x, "relu", .relu) }
    var onnx = try model.exported()
    onnx.tensors["groups"] = ReadTensor(type: 7, shape: [3], numbers: .listed([0, 4, UInt64.max]))
    for name in ["scale", "bias"] {
      onnx.tensors[name] = ReadTensor(name: name, type: 1, shape: [4], numbers: .listed([0, 0, 0, 0]))
    }
    onnx.nodes.append(Self.node("Reshape", ["relu", "groups"], ["a"]))
    onnx.nodes.append(Self.node("InstanceNormalization", ["a", "scale", "bias"]))
    onnx.outputs = ["y"]
    var reader = GraphReader(onnx)
    #expect(
      try reader.graph(size: nil).nodes.dropFirst(2).map(\.layer) == [
        Layer(Permute(axes: [2, 0, 1])), Layer(Reshape(targetShape: Shape([4, 60]))),
        Layer(GroupNormalization(groups: -1, axis: 0, epsilon: Double(Float(1e-5)))),
      ])
  }

  /// A Gelu in several operators, and what looks like one.
  @Test func spelledOutGelu() throws {
    let model = try TestModel { g, x in g.activation(x, "gelu", .gelu(approximate: false)) }
    let old = try #require(ONNXOpset(19))
    let file = try again(model) { $0.opset = old }
    #expect(file.graph.graph.nodes.map(\.layer).last == Layer(Activation(.gelu(approximate: false))))
    #expect(file.graph.entries.count == 2)

    _ = try model.exported { $0.opset = old }
    var onnx = try ONNXFile(model.path)
    let sum = try #require(onnx.nodes.firstIndex { $0.operation == "Add" })
    // Other programs halve x rather than the sum: (½x) · (erf(x / √2) + 1).
    var halved = onnx
    let two = [Float(1), 0.5].map { [UInt64($0.bitPattern)] }
    for (name, bits) in zip(["one", "half"], two) {
      halved.tensors[name] = ReadTensor(name: name, type: 1, numbers: .listed(bits))
    }
    let erf = try #require(onnx.nodes.first { $0.operation == "Erf" })
    halved.nodes.removeSubrange(2...)
    halved.nodes += [
      Self.node("Mul", [onnx.nodes[0].inputs[0], "half"], ["h"]),
      Self.node("Add", [erf.outputs[0], "one"], ["s"]), Self.node("Mul", ["h", "s"]),
    ]
    halved.outputs = ["y"]
    var other = GraphReader(halved)
    let found = try other.graph(size: nil).nodes.map(\.layer)
    #expect(found.dropFirst() == [Layer(Activation(.gelu(approximate: false)))])

    onnx.nodes[sum].operation = "Mul"
    var reader = GraphReader(onnx)
    let error = #expect(throws: FileError.self) { try reader.graph(size: nil) }
    #expect(error?.reason.contains("not the result of a layer") == true)
  }

  /// Margins of zeros would win against values below them.
  @Test func marginsOfAMaximum() throws {
    let model = try TestModel(.map(6, 5, 8)) { g, x in g.activation(x, "tanh", .tanh) }
    var onnx = try model.exported()
    onnx.nodes.append(
      Self.node(
        "MaxPool", ["tanh"], ["y"],
        ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 0, 0, 0])]))
    onnx.outputs = ["y"]
    var reader = GraphReader(onnx)
    let graph = try reader.graph(size: nil)
    let row = Slice(parts: [1, 5, 8].map { Slice.Part(start: 0, count: $0) })
    #expect(
      graph.nodes.dropFirst(2).map(\.layer) == [
        Layer(row), Layer(Filled(-Double(Float.greatestFiniteMagnitude))), Layer(Concatenate(axis: 0)),
        Layer(MaxPooling2D(poolSize: Size2D(3), strides: Size2D(2))),
      ])
    #expect(graph.nodes[4].inputs == [graph.nodes[3].name, "tanh"])
  }

  /// A number for each pixel of each picture, in a shape that is computed.
  @Test func expandedNumbers() throws {
    let model = try TestModel(.map(6, 5, 8)) { g, x in
      g.concatenate("both", x, g.add(Filled(7), "filled", to: [x]))
    }
    _ = try model.exported()
    let seven = Constant(shape: .map(6, 5, 8), values: Array(repeating: 7, count: 240))
    #expect(
      try ONNXImport(model.path).graph.graph.nodes.dropFirst().map(\.layer) == [
        Layer(seven), Layer(Concatenate(axis: 2)),
      ])
  }

  /// A number that is added to one of two uses of a product is no bias of it.
  @Test func sumsBesideAnotherUse() throws {
    let model = try TestModel(.vector(4)) { g, x in
      g.add(Dense(units: 3, useBias: false), "dense", to: [x])
    }
    var onnx = try model.exported()
    onnx.tensors["b"] = ReadTensor(
      name: "b", type: 1, shape: [3], numbers: .listed([1, 2, 3].map { UInt64(Float($0).bitPattern) }))
    onnx.nodes.append(ReadNode(name: "same", operation: "Identity", inputs: ["dense"], outputs: ["again"]))
    onnx.nodes.append(ReadNode(name: "sum", operation: "Add", inputs: ["again", "b"], outputs: ["sum"]))
    onnx.outputs = ["sum"]
    var reader = GraphReader(onnx)
    #expect(try reader.graph(size: nil).nodes.map(\.layer.className) == ["InputLayer", "Dense", "Rescaling"])
  }

  @Test func whatIsNotReadIsRefusedByOperatorAndNode() throws {
    let model = try TestModel { g, x in
      g.add(Conv2DTranspose(filters: 2, kernelSize: Size2D(3)), "upwards", to: [x])
    }
    _ = try model.exported()
    let error = #expect(throws: FileError.self) { try ONNXImport(model.path) }
    #expect(error?.reason.contains("node 'upwards' (ConvTranspose)") == true)
  }

  /// Two results of one name: which of them is meant would be a guess.
  @Test func namesGivenTwice() throws {
    let again = Self.node("Tanh", ["relu"], ["a"])
    for nodes in [
      [again, again], [Self.node("Tanh", ["relu"], ["relu"])], [Self.node("Tanh", ["relu"], ["k"])],
    ] {
      let error = #expect(throws: FileError.self) {
        try layers(nodes + [Self.node("Relu", ["relu"])], ["k": [1]])
      }
      #expect(error?.reason.contains("(Tanh) has the result") == true)
    }
  }

  /// A model cannot make the reader open what lies elsewhere.
  @Test(arguments: ["../secret", "/etc/passwd", "..", "", "a\0b", "link", "missing"])
  func weightsElsewhere(_ location: String) throws {
    let model = try TestModel { g, x in g.conv2D(x, "conv", 60, kernel: 3) }
    let onnx = try model.exported(longestMessage: 1_000)
    var tensor = try #require(onnx.tensors["conv/kernel"])
    symlink("/etc/passwd", "\(model.folder.path)/link")
    tensor.external["location"] = location
    #expect(throws: FileError.self) { try onnx.withBytes(of: tensor) { bytes, _ in bytes.count } }
    tensor.external = ["location": "small.onnx.data", "offset": "1000000", "length": "6480"]
    #expect(throws: FileError.self) { try onnx.withBytes(of: tensor) { bytes, _ in bytes.count } }
  }

  /// Altered bytes are refused, or give a sound model; nothing crashes. ZOO_FUZZ_COUNT sets how many are tried.
  @Test(arguments: [classifier, shuffling])
  private func alteredFiles(_ layers: @Sendable (GraphBuilder, GraphBuilder.Tap) -> GraphBuilder.Tap) throws {
    let model = try TestModel(labels: ["a", "b"], layers)
    let old = try #require(ONNXOpset(19))
    _ = try model.exported { ($0.keepsBatchNormalization, $0.opset) = (true, old) }
    let sound = try InputFile.contents(of: model.path, limit: 1 << 20)
    let count = getenv("ZOO_FUZZ_COUNT").flatMap { Int(String(cString: $0)) } ?? 2_000
    var random = SplitMix64(seed: 16)
    var taken = 0
    let descriptor = open(model.path, O_RDWR)
    defer { close(descriptor) }
    for _ in 0..<count {
      let bytes = altered(sound, &random)
      ftruncate(descriptor, bytes.count)
      pwrite(descriptor, bytes, bytes.count, 0)
      do {
        let read = try ONNXImport(model.path)
        try read.write(to: "\(model.folder.path)/again.zoo")
        taken += 1
      } catch is FileError {}
    }
    #expect(taken > 0 && taken < count)
  }

  private static let classifier: @Sendable (GraphBuilder, GraphBuilder.Tap) -> GraphBuilder.Tap = { g, x in
    var x = g.conv2D(x, "conv", 2, kernel: 3, padding: .same, activation: .relu)
    x = g.add(
      "add", x, g.batchNormalization(g.maxPooling2D(x, "pool", pool: 2, strides: 1, padding: .same), "bn"))
    return g.dense(g.flatten(x, "flatten"), "dense", 2, activation: .softmax)
  }

  /// With axes that come, go and change places.
  private static let shuffling: @Sendable (GraphBuilder, GraphBuilder.Tap) -> GraphBuilder.Tap = { g, x in
    var x = g.conv2D(x, "conv", 8, kernel: 3, padding: .same, activation: .gelu(approximate: false))
    x = g.reshape(x, "groups", Shape([6, 4, 2, 4]))
    x = g.reshape(g.add(Permute(axes: [0, 1, 3, 2]), "shuffle", to: [x]), "joined", .map(6, 4, 8))
    let parts = [(0, 6), (1, 3), (2, 4)].map { Slice.Part(start: $0.0, count: $0.1) }
    x = g.add(Slice(parts: parts), "part", to: [x])
    return g.dense(g.add(Reduce(.sum, axes: [0, 1]), "sum", to: [x]), "dense", 2)
  }

  /// Single bytes, numbers that are as large as can be, stretches left out, repeated or moved.
  private func altered(_ sound: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = sound
    for _ in 0...random.next() % 3 {
      guard bytes.count > 8 else { break }
      let place = Int(random.next() % UInt64(bytes.count))
      let end = min(bytes.count, place + 1 + Int(random.next() % 20))
      switch random.next() % 7 {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes[place] ^= 1 << UInt8(random.next() % 8)
      case 2: bytes.replaceSubrange(place..<end, with: [UInt8](repeating: 0xFF, count: end - place))
      case 3: bytes.removeSubrange(place..<end)
      case 4: bytes.insert(contentsOf: bytes[place..<end], at: Int(random.next() % UInt64(bytes.count)))
      case 5:
        bytes.replaceSubrange(place..<end, with: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }
}
