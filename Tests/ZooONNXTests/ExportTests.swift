import Testing
import ZooFile
import ZooGraph
import ZooSystem

@testable import ZooONNX

/// What small models become.
@Suite struct ExportTests {
  @Test func classifier() throws {
    let model = try TestModel(labels: ["a", "b"]) { g, x in
      var x = g.conv2D(x, "conv", 5, kernel: 3, padding: .same, useBias: false)
      x = g.activation(g.batchNormalization(x, "bn"), "relu", .relu)
      x = g.dropout(g.flatten(g.maxPooling2D(x, "pool", pool: 2), "flatten"), "dropout", rate: 0.5)
      return g.dense(x, "dense", 2, activation: .softmax)
    }
    let onnx = try model.exported()
    #expect(onnx.operations == ["Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Softmax"])
    #expect(onnx.nodes.map(\.name) == ["conv+bn", "relu", "pool", "dense", "dense_1", "dense_2"])
    #expect(onnx.inputs[0].name == "input_layer" && onnx.inputs[0].dimensions == [nil, 3, 6, 4])
    #expect(onnx.outputs == ["dense"] && onnx.opset == 20 && onnx.producer == "zoo")
    #expect(onnx.metadata["class_names"] == #"["a","b"]"# && onnx.metadata["source"] == "small.h5")
    #expect(onnx.nodes[0].outputs == ["bn"] && onnx.nodes[5].outputs == ["dense"])

    // Filters first, times the BatchNormalization's factor.
    let (gamma, variance) = (try model.values("bn", "gamma"), try model.values("bn", "moving_variance"))
    let kernel = try model.values("conv", "kernel")
    #expect(onnx.tensors["conv/kernel"]?.shape == [5, 3, 3, 3])
    let written = try onnx.floats("conv/kernel")
    for filter in 0..<5 {
      let factor = Double(gamma[filter]) / (Double(variance[filter]) + 1e-3).squareRoot()
      for (row, column, channel) in [(0, 0, 0), (1, 2, 0), (2, 1, 2)] {
        let number = ((row * 3 + column) * 3 + channel) * 5 + filter
        #expect(
          written[((filter * 3 + channel) * 3 + row) * 3 + column] == Float(Double(kernel[number]) * factor))
      }
    }
    // Rows in the order in which the map lies: channels, then rows and columns.
    let (dense, product) = (try model.values("dense", "kernel"), try onnx.floats("dense/kernel"))
    for (row, column, channel, unit) in [(0, 0, 0, 0), (2, 1, 3, 1), (1, 0, 4, 0)] {
      #expect(
        product[((channel * 3 + row) * 2 + column) * 2 + unit]
          == dense[((row * 2 + column) * 5 + channel) * 2 + unit])
    }
  }

  @Test func layoutsOfThePictures() throws {
    let model = try TestModel { g, x in
      g.conv2D(g.conv2D(x, "first", 4, kernel: 3, strides: 2, padding: .same), "second", 4, kernel: 1)
    }
    #expect(try model.exported().operations == ["Conv", "Conv"])
    let onnx = try model.exported { $0.layout = .nhwc }
    #expect(onnx.operations == ["Transpose", "Conv", "Conv", "Transpose"])
    #expect(onnx.inputs[0].dimensions == [nil, 6, 4, 3] && onnx.outputs == ["second"])
    guard case .ints(let pads)? = onnx.nodes[1].attributes["pads"] else {
      Issue.record("no padding is written")
      return
    }
    #expect(pads == [0, 0, 1, 1])
  }

  @Test func batchNormalizationIsKeptWhereThatIsAsked() throws {
    let model = try TestModel { g, x in
      g.batchNormalization(g.conv2D(x, "conv", 4, kernel: 3, useBias: false), "bn")
    }
    #expect(try model.exported().operations == ["Conv"])
    let onnx = try model.exported { $0.keepsBatchNormalization = true }
    #expect(onnx.operations == ["Conv", "BatchNormalization"])
    #expect(try onnx.floats("bn/moving_variance") == model.values("bn", "moving_variance"))
    let old = try #require(ONNXOpset(13))
    #expect(throws: FileError.self) {
      try model.exported { ($0.keepsBatchNormalization, $0.half, $0.opset) = (true, true, old) }
    }
  }

  @Test(
    arguments: [
      (.hardSilu, 13, ["HardSigmoid", "Mul"]), (.hardSilu, 14, ["HardSwish"]),
      (.gelu(approximate: false), 19, ["Mul", "Erf", "Mul", "Add", "Mul"]),
      (.gelu(approximate: true), 20, ["Gelu"]), (.silu, 20, ["Sigmoid", "Mul"]), (.silu, 24, ["Swish"]),
      (.mish, 17, ["Softplus", "Tanh", "Mul"]), (.mish, 18, ["Mish"]), (.relu6, 13, ["Clip"]),
      (.rectifier(maximum: nil, negativeSlope: 0.1, threshold: 0), 13, ["LeakyRelu"]),
      (.threshold(0.5, value: 0.5), 13, ["Max"]), (.celu(alpha: 2), 13, ["Celu"]),
      (.celu(alpha: 1), 13, ["Elu"]), (.softmax, 13, ["Softmax"]),
    ] as [(ActivationFunction, Int, [String])])
  func activations(_ function: ActivationFunction, _ opset: Int, _ expected: [String]) throws {
    let version = try #require(ONNXOpset(opset))
    let onnx = try TestModel { g, x in g.activation(x, "activation", function) }
      .exported { $0.opset = version }
    #expect(onnx.operations == expected && onnx.opset == opset)
    #expect(onnx.outputs == ["activation"] && onnx.nodes.last?.outputs == ["activation"])
  }

  @Test func poolingsOfWholeMaps() throws {
    #expect(
      try TestModel { g, x in g.globalAveragePooling2D(x, "pool") }.exported().operations == ["ReduceMean"])
    // A squeeze-and-excite block needs no reshaping.
    let block = try TestModel { g, x in
      let pooled = g.reshape(g.globalAveragePooling2D(x, "pool"), "reshape", .map(1, 1, 3))
      return g.multiply("multiply", x, g.activation(g.conv2D(pooled, "conv", 3, kernel: 1), "gate", .sigmoid))
    }
    #expect(try block.exported().operations == ["GlobalAveragePool", "Conv", "Sigmoid", "Mul"])
  }

  /// ConvNeXt's block: products along the channels lie as Keras has them, with a Transpose before and behind.
  @Test func layerNormalization() throws {
    let model = try TestModel { g, x in
      var y = g.depthwiseConv2D(x, "depthwise", kernel: 3, padding: .same)
      y = g.dense(g.layerNormalization(y, "norm"), "dense", 3, activation: .gelu(approximate: false))
      return g.add("add", x, g.layerScale(g.dense(y, "project", 3), "scale"))
    }
    #expect(
      try model.exported().operations == [
        "Conv", "Transpose", "LayerNormalization", "MatMul", "Add", "Gelu", "MatMul", "Add", "Transpose",
        "Add",
      ])
    let old = try #require(ONNXOpset(16))
    #expect(!(try model.exported { $0.opset = old }.operations.contains("LayerNormalization")))
  }

  @Test func preprocessing() throws {
    func operations(_ preprocessing: Preprocessing) throws -> [String] {
      try TestModel(preprocessing: preprocessing) { g, x in g.conv2D(x, "conv", 2, kernel: 3) }
        .exported { $0.withPreprocessing = true }.operations
    }
    #expect(try operations(.none) == ["Conv"])
    #expect(try operations(.tf) == ["Mul", "Add", "Conv"])
    #expect(try operations(.unit) == ["Mul", "Conv"])
    let onnx = try TestModel(preprocessing: .caffe) { g, x in g.conv2D(x, "conv", 2, kernel: 3) }
      .exported { $0.withPreprocessing = true }
    #expect(onnx.operations == ["Conv", "Conv"] && onnx.metadata["preprocessing"] == "none")
    #expect(try onnx.floats("preprocessing/kernel") == [0, 0, 1, 0, 1, 0, 1, 0, 0])
  }

  @Test func outputsOfAnyLayer() throws {
    let model = try TestModel(labels: ["a", "b"]) { g, x in
      g.dense(g.flatten(g.conv2D(x, "conv", 5, kernel: 3), "flatten"), "dense", 2)
    }
    let onnx = try model.exported { ($0.layer, $0.batch) = ("flatten", 7) }
    #expect(onnx.operations == ["Conv", "Transpose", "Reshape"] && onnx.outputs == ["flatten"])
    #expect(onnx.inputs[0].dimensions.first == 7 && onnx.metadata["class_names"] == nil)
    #expect(try model.exported { $0.layer = "input_layer" }.operations == ["Identity"])
    #expect(throws: FileError.self) { try model.exported { $0.layer = "fallen" } }
  }

  @Test func picturesOfAnySize() throws {
    let model = try TestModel { g, x in
      let x = g.conv2D(x, "strided", 4, kernel: 3, strides: 2, padding: .same)
      let y = g.maxPooling2D(x, "pool", pool: 3, strides: 1, padding: .same)
      return g.conv2D(g.add("add", x, y), "last", 4, kernel: 3, padding: .same)
    }
    let onnx = try model.exported { $0.anySize = true }
    #expect(onnx.inputs[0].dimensions == [nil, 3, nil, nil] && onnx.outputs == ["last"])
    guard case .string("SAME_UPPER")? = onnx.nodes[0].attributes["auto_pad"] else {
      Issue.record("a padding that follows the size is written as numbers")
      return
    }
    #expect(onnx.nodes.last?.attributes["auto_pad"] == nil && onnx.nodes.last?.attributes["pads"] != nil)

    let flat = try TestModel { g, x in
      g.dense(g.flatten(g.conv2D(x, "conv", 2, kernel: 3), "flatten"), "dense", 2)
    }
    let error = #expect(throws: FileError.self) { try flat.exported { $0.anySize = true } }
    #expect(error?.reason == "layer 'dense' is for pictures of one size; leave --any-size out")
    // What is not asked for may be.
    let map = try flat.exported { ($0.anySize, $0.layer) = (true, "conv") }
    #expect(map.operations == ["Conv"] && map.inputs[0].dimensions == [nil, 3, nil, nil])
    let cut = try TestModel { g, x in g.add(Resizing(height: 5, width: 5), "resizing", to: [x]) }
    #expect(throws: FileError.self) { try cut.exported { $0.anySize = true } }
  }

  /// Names are texts to the encoder; those that would be the same are numbered.
  @Test func hostileNames() throws {
    let names = ["a\"\0\n", "conv/kernel", String(repeating: "ü", count: 512), "\u{202E}x"]
    let model = try TestModel { g, x in names.reduce(x) { g.conv2D($0, $1, 3, kernel: 1) } }
    let onnx = try model.exported()
    #expect(onnx.nodes.map { $0.outputs[0] } == names && onnx.nodes.map(\.name) == names)
    #expect(Set(onnx.tensors.keys).isDisjoint(with: names) && onnx.tensors.count == 8)
  }

  @Test func halfPrecision() throws {
    let model = try TestModel { g, x in g.conv2D(x, "conv", 2, kernel: 3) }
    let onnx = try model.exported { $0.half = true }
    // Celu takes no float16 before opset 28.
    let celu = try TestModel { g, x in g.activation(x, "celu", .celu(alpha: 2)) }
    #expect(try celu.exported { $0.half = true }.operations == ["Mul", "Elu", "Mul"])
    #expect(onnx.inputs[0].type == 10 && onnx.tensors.values.allSatisfy { $0.type == 10 })
    let large = try TestModel { g, x in g.rescaling(x, "rescaling", scale: 1e6) }
    let error = #expect(throws: FileError.self) { try large.exported { $0.half = true } }
    #expect(error?.reason.contains("layer 'rescaling'") == true && error?.reason.contains("--half") == true)
  }

  @Test func whatONNXDoesNotHaveIsRefused() throws {
    let model = try TestModel { g, x in g.activation(x, "sparse", .sparsemax) }
    let error = #expect(throws: FileError.self) { try model.exported() }
    #expect(
      error?.reason == "layer 'sparse': ONNX has no sparsemax; a layer before it can be written: --layer NAME"
    )
    #expect(throws: FileError.self) { try InputFile(model.path) }
    #expect(ONNXOpset(12) == nil && ONNXOpset(29) == nil)
  }

  @Test func weightsBesideTheModel() throws {
    let model = try TestModel(.map(6, 6, 3), type: .float64) { g, x in
      g.dense(g.flatten(g.conv2D(x, "conv", 40, kernel: 3), "flatten"), "dense", 3)
    }
    let whole = try model.exported()
    let kernel = try whole.floats("dense/kernel")
    let split = try model.exported(longestMessage: 1_000)
    let tensor = try #require(split.tensors["dense/kernel"])
    #expect(tensor.isExternal && tensor.external["location"] == "small.onnx.data")
    #expect(split.tensors["dense/bias"]?.isExternal == false && split.operations == whole.operations)
    let offset = try #require(tensor.external["offset"].flatMap { Int($0) })
    let data = try InputFile.contents(of: model.path + ".data", limit: 1 << 20)
    let values = data.withUnsafeBytes { bytes in
      kernel.indices.map { bytes.loadUnaligned(fromByteOffset: offset + 4 * $0, as: Float.self) }
    }
    #expect(values == kernel && offset % 4_096 == 0)
  }

  @Test func nothingIsLeftOfAFailure() throws {
    let model = try TestModel { g, x in g.conv2D(x, "conv", 2, kernel: 3) }
    let error = #expect(throws: FileError.self) {
      try model.file.exportONNX(to: model.folder.path + "/missing/model.onnx")
    }
    #expect(error?.reason.contains("does not exist") == true)
    #expect(throws: FileError.self) { try model.file.exportONNX(to: model.file.path) }
    #expect(try ZooFile(model.file.path).tensors == model.file.tensors)
  }
}
