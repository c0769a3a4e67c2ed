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
    ("MaxPool", true, Shape.map(3, 3, 3), true), ("MaxPool", false, Shape.map(3, 3, 3), false),
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
  @Test func alteredFiles() throws {
    let model = try TestModel(labels: ["a", "b"]) { g, x in
      var x = g.conv2D(x, "conv", 2, kernel: 3, padding: .same, activation: .relu)
      x = g.add(
        "add", x, g.batchNormalization(g.maxPooling2D(x, "pool", pool: 2, strides: 1, padding: .same), "bn"))
      return g.dense(g.flatten(x, "flatten"), "dense", 2, activation: .softmax)
    }
    _ = try model.exported { $0.keepsBatchNormalization = true }
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
