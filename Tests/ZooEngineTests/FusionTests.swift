import Testing
import ZooEngine
import ZooGraph

/// Networks in which the engine fuses layers still compute what the oracle does, wherever they are tapped.
@Suite struct FusionTests {
  @Test(arguments: [5, 16, 40])
  func convolutionNormalizationActivation(filters: Int) throws {
    func body(_ g: GraphBuilder, _ input: GraphBuilder.Tap) -> GraphBuilder.Tap {
      var x = g.conv2D(input, "conv", filters, kernel: 3, useBias: false)
      x = g.batchNormalization(x, "bn")
      x = g.activation(x, "relu", .relu)
      x = g.depthwiseConv2D(x, "depthwise", kernel: 3, padding: .same, useBias: false)
      x = g.batchNormalization(x, "depthwise_bn")
      x = g.activation(x, "depthwise_relu", .relu6)
      return g.dense(g.globalAveragePooling2D(x, "pool"), "dense", 7)
    }
    try expectEqualToReference(body)
    try expectEqualToReference(outputs: ["dense", "conv", "bn", "relu", "depthwise", "depthwise_relu"], body)
    try expectEqualToReference(outputs: ["bn", "bn", "depthwise_bn"], body)
  }

  @Test func normalizationOfDenseAndOfNormalization() throws {
    try expectEqualToReference(input: .vector(12)) { g, x in
      var x = g.dense(x, "dense", 20)
      x = g.batchNormalization(x, "bn1")
      x = g.batchNormalization(x, "bn2", epsilon: 1e-5)
      return g.activation(x, "relu", .relu)
    }
  }

  /// Gain and shift of a normalization go into what multiplies its result, wherever else it is used.
  @Test(arguments: [[], ["first", "second"], ["norm", "sum"]])
  func gainBeforeProducts(outputs: [String]) throws {
    func body(_ g: GraphBuilder, _ x: GraphBuilder.Tap) -> GraphBuilder.Tap {
      let x = g.layerNormalization(g.conv2D(x, "conv", 20, kernel: 3), "norm", epsilon: 1e-6)
      let first = g.conv2D(x, "first", 20, kernel: 1)
      let second = g.conv2D(x, "second", 20, kernel: 1, useBias: false)
      let wide = g.conv2D(x, "wide", 20, kernel: 3, padding: .same)
      let sum = g.add("sum", g.add("both", first, second), wide)
      return g.batchNormalization(g.dense(g.globalAveragePooling2D(sum, "pool"), "dense", 7), "bn")
    }
    try expectEqualToReference(outputs: outputs.isEmpty ? nil : outputs, body)
    try expectEqualToReference(input: .vector(24)) { g, x in
      g.dense(g.layerNormalization(x, "norm", epsilon: 1e-6), "dense", 9)
    }
  }

  /// ResNet V2: the normalisation before an activation has nothing to be folded into.
  @Test(arguments: [5, 16, 33])
  func preactivation(filters: Int) throws {
    try expectEqualToReference(outputs: ["out", "relu"]) { g, x in
      let first = g.conv2D(x, "first", filters, kernel: 3, padding: .same)
      var x = g.batchNormalization(first, "bn")
      x = g.activation(x, "relu", .relu)
      x = g.conv2D(x, "second", filters, kernel: 3, padding: .same)
      return g.add("out", first, x)
    }
  }

  @Test(arguments: [Margins(1), Margins(top: 0, bottom: 1, left: 0, right: 1), Margins(3), Margins(4)])
  func paddingBeforeConvolution(_ margins: Margins) throws {
    for padding in [Padding.valid, .same] {
      try expectEqualToReference { g, x in
        g.conv2D(g.zeroPadding2D(x, "pad", margins), "conv", 8, kernel: 3, strides: 2, padding: padding)
      }
      try expectEqualToReference(outputs: ["depthwise", "pad"]) { g, x in
        let x = g.zeroPadding2D(g.conv2D(x, "conv", 20, kernel: 1), "pad", margins)
        return g.depthwiseConv2D(x, "depthwise", kernel: 3, strides: 2, padding: padding)
      }
    }
  }

  /// Zeros that Keras adds win over negative values; the padding of a pooling never does.
  @Test(arguments: [Margins(1), Margins(top: 0, bottom: 2, left: 1, right: 0), Margins(3)], [16, 21])
  func paddingBeforeMaximumPooling(_ margins: Margins, filters: Int) throws {
    for function in [ActivationFunction.linear, .relu, .tanh] {
      for pool in [2, 3] {
        try expectEqualToReference(outputs: ["pool", "pad", "activation"]) { g, x in
          var x = g.conv2D(x, "conv", filters, kernel: 3)
          x = g.activation(x, "activation", function)
          return g.maxPooling2D(g.zeroPadding2D(x, "pad", margins), "pool", pool: pool, strides: 2)
        }
      }
    }
    try expectEqualToReference(range: -3...(-1)) { g, x in
      g.maxPooling2D(g.zeroPadding2D(x, "pad", margins), "pool", pool: 3, strides: 2)
    }
    try expectEqualToReference(range: -3...(-1)) { g, x in
      let layer = MaxPooling2D(poolSize: Size2D(3), strides: Size2D(2), padding: .same)
      return g.add(layer, "pool", to: [g.zeroPadding2D(x, "pad", margins)])
    }
  }

  @Test(arguments: [Margins(1), Margins(2)])
  func paddingBeforeAveragePooling(_ margins: Margins) throws {
    for padding in [Padding.valid, .same] {
      let layer = AveragePooling2D(poolSize: Size2D(3), strides: Size2D(2), padding: padding)
      try expectEqualToReference { g, x in
        g.add(layer, "pool", to: [g.zeroPadding2D(x, "pad", margins)])
      }
    }
  }

  /// The added map is the block's input, which the first convolution also reads.
  @Test(arguments: [16, 24], [[String](), ["add"], ["input_layer", "entry", "b", "relu"]])
  func residualAdd(channels: Int, outputs: [String]) throws {
    try expectEqualToReference(outputs: outputs.isEmpty ? nil : outputs) { g, x in
      let entry = g.conv2D(x, "entry", channels, kernel: 1, activation: .relu)
      var x = g.conv2D(entry, "a", 8, kernel: 1, activation: .relu)
      x = g.conv2D(x, "b", channels, kernel: 3, padding: .same)
      x = g.add("add", entry, x)
      x = g.activation(x, "relu", .relu)
      // The second block's input is used once more after the sum.
      let again = g.conv2D(x, "c", channels, kernel: 3, padding: .same)
      let sum = g.add("add2", again, x)
      return g.add("add3", sum, x)
    }
  }

  /// ResNet: both summands are convolutions; and the sum may be of a convolution and its own input.
  @Test(arguments: [16, 21])
  func residualAddOfTwoConvolutions(channels: Int) throws {
    try expectEqualToReference(outputs: ["sum", "self"]) { g, x in
      let shortcut = g.batchNormalization(g.conv2D(x, "shortcut", channels, kernel: 1), "shortcut_bn")
      var y = g.conv2D(x, "main", channels, kernel: 1)
      y = g.batchNormalization(y, "main_bn")
      y = g.activation(g.add("sum", shortcut, y), "relu", .relu)
      return g.add("self", g.conv2D(y, "own", channels, kernel: 1), y)
    }
  }

  @Test(arguments: ActivationFunction.standard.filter { $0 != .softmax && $0 != .glu })
  func activationAfterResidualAdd(_ function: ActivationFunction) throws {
    for channels in [16, 20] {
      try expectEqualToReference(range: -3...3) { g, x in
        let entry = g.conv2D(x, "entry", channels, kernel: 1)
        let x = g.conv2D(g.activation(entry, "tanh", .tanh), "a", channels, kernel: 3, padding: .same)
        return g.activation(g.add("add", entry, x), "activation", function)
      }
      try expectEqualToReference(range: -3...3) { g, x in
        let entry = g.conv2D(x, "entry", channels, kernel: 1)
        let x = g.conv2D(entry, "a", channels, kernel: 1, activation: function)
        return g.add("add", x, g.maxPooling2D(entry, "pool", pool: 1))
      }
    }
  }

  /// oneDNN tells fused steps apart by their algorithm only, not by their numbers.
  @Test(
    arguments: [
      [.leakyReLU(negativeSlope: 0.3), .relu], [.elu(alpha: 0.3), .elu(alpha: 2)],
      [.hardSigmoid, .hardSigmoidOfKeras2], [.relu6, .hardTanh], [.celu(alpha: 0.5)],
    ] as [[ActivationFunction]])
  func activationsOfOneAlgorithm(_ functions: [ActivationFunction]) throws {
    func body(_ g: GraphBuilder, _ input: GraphBuilder.Tap) -> GraphBuilder.Tap {
      func activated(_ x: GraphBuilder.Tap, _ name: String) -> GraphBuilder.Tap {
        functions.enumerated().reduce(x) { g.activation($0, "\(name)_\($1.offset)", $1.element) }
      }
      let x = activated(g.conv2D(input, "conv", 16, kernel: 3, padding: .same), "a")
      let y = activated(g.batchNormalization(x, "bn"), "b")
      let sum = activated(g.add("add", x, y), "c")
      return activated(g.dense(g.flatten(sum, "flat"), "dense", 7), "d")
    }
    try expectEqualToReference(range: -3...3, body)
  }

  @Test(arguments: [16, 24, 72], [1, 3])
  func squeezeAndExcite(channels: Int, batch: Int) throws {
    for outputs in [nil, ["multiply", "gate", "squeeze"]] {
      try expectEqualToReference(outputs: outputs, batch: batch) { g, x in
        let map = g.conv2D(x, "expand", channels, kernel: 1, activation: .hardSilu)
        var s = g.globalAveragePooling2D(map, "squeeze", keepdims: true)
        s = g.conv2D(s, "reduce", 8, kernel: 1, activation: .relu)
        s = g.conv2D(s, "restore", channels, kernel: 1)
        s = g.activation(s, "gate", .hardSigmoid)
        return g.conv2D(g.multiply("multiply", map, s), "project", 16, kernel: 1)
      }
    }
  }

  @Test(arguments: [(3, 4), (1, 16), (7, 32)])
  func flattenBeforeDense(side: Int, channels: Int) throws {
    for outputs in [nil, ["flatten", "dense"]] {
      try expectEqualToReference(outputs: outputs, input: .map(side + 2, side + 2, 3)) { g, x in
        let map = g.conv2D(x, "conv", channels, kernel: 3, activation: .relu)
        let hidden = g.dense(g.flatten(map, "flatten"), "dense", 33, activation: .relu)
        return g.dense(hidden, "predictions", 10, activation: .softmax)
      }
    }
  }

  @Test(arguments: Preprocessing.named.map(\.value))
  func preprocessing(_ preprocessing: Preprocessing) throws {
    for filters in [8, 32] {
      try expectEqualToReference(
        outputs: ["input_layer", "conv"], preprocessing: preprocessing, input: .map(11, 13, 3),
        range: 0...255
      ) { g, x in g.conv2D(x, "conv", filters, kernel: 3, strides: 2, padding: .same) }
      try expectEqualToReference(preprocessing: preprocessing, input: .map(11, 13, 3), range: 0...255) {
        g, x in
        let x = g.rescaling(x, "rescaling", scale: 1 / 127.5, offset: -1)
        return g.conv2D(x, "conv", filters, kernel: 3, strides: 2, padding: .same)
      }
    }
  }

  /// What the network does to its pixels first is done while they are read, for each layout that is wanted.
  @Test(arguments: [1, 3, 4, 5], [["both"], ["both", "bn"], ["rescaling", "both"]])
  func scaledInput(channels: Int, outputs: [String]) throws {
    try expectEqualToReference(
      outputs: outputs, preprocessing: channels == 3 ? .caffe : .none, input: .map(8, 7, channels),
      range: 0...255
    ) { g, x in
      let x = g.batchNormalization(g.rescaling(x, "rescaling", scale: 1 / 127.5, offset: -1), "bn")
      let conv = g.conv2D(x, "conv", 16, kernel: 3, strides: 2, padding: .same)
      return g.concatenate("both", conv, g.maxPooling2D(x, "pool", pool: 2, strides: 2, padding: .same))
    }
  }

  /// The pixels are used in several ways, so that no single layout of them will do.
  @Test func inputWithSeveralUsers() throws {
    try expectEqualToReference(preprocessing: .torch, input: .map(8, 8, 3), range: 0...255) { g, x in
      let a = g.conv2D(x, "a", 16, kernel: 3, padding: .same)
      let b = g.depthwiseConv2D(x, "b", kernel: 3, padding: .same)
      return g.concatenate(
        "all", a, x, b, g.maxPooling2D(g.zeroPadding2D(x, "pad", Margins(1)), "c", pool: 3, strides: 1))
    }
  }

  /// Winograd's algorithm rounds differently; with and without it the result is well within what is promised.
  @Test(arguments: [(14, 32, 32), (28, 32, 16), (12, 16, 48), (7, 64, 64)], [true, false])
  func winograd(_ map: (size: Int, channels: Int, filters: Int), allowed: Bool) throws {
    try expectEqualToReference(
      outputs: ["relu", "next"], batch: 1, options: EngineOptions(allowsWinograd: allowed),
      tolerance: allowed ? 3e-6 : 1e-6, input: .map(map.size, map.size, map.channels)
    ) { g, x in
      var x = g.conv2D(x, "conv", map.filters, kernel: 3, padding: .same, useBias: false)
      x = g.activation(g.batchNormalization(x, "bn"), "relu", .relu)
      let next = g.conv2D(x, "next", map.filters, kernel: 3, padding: .same)
      return g.add("add", x, next)
    }
  }

  /// Branches that begin alike share what they begin with, and each is still what it was.
  @Test(arguments: [5, 16, 44], [[], ["first", "second", "left", "right"], ["average", "again", "twice"]])
  func equalBeginnings(channels: Int, outputs: [String]) throws {
    try expectEqualToReference(outputs: outputs.isEmpty ? nil : outputs) { g, x in
      let x = g.conv2D(x, "conv", channels, kernel: 3, padding: .same)
      let first = g.activation(x, "first", .relu)
      let second = g.activation(x, "second", .relu)
      let left = g.conv2D(first, "left", channels, kernel: 1)
      let right = g.depthwiseConv2D(second, "right", kernel: 3, padding: .same)
      let average = g.averagePooling2D(x, "average", pool: 3, strides: 1, padding: .same)
      let again = g.averagePooling2D(x, "again", pool: 3, strides: 1, padding: .same)
      let twice = g.add("twice", average, again)
      let sum = g.add("sum", g.conv2D(left, "behind", channels, kernel: 1), g.add("all", twice, x))
      return g.add("end", g.add("with_x", sum, right), x)
    }
  }

  /// A summand that is needed afterwards is not written over, whatever code oneDNN has.
  @Test(arguments: [16, 44])
  func summandThatIsNeededLater(channels: Int) throws {
    try expectEqualToReference(outputs: ["sum", "end"]) { g, x in
      let x = g.conv2D(x, "conv", channels, kernel: 3, padding: .same)
      let pool = g.maxPooling2D(x, "pool", pool: 3, strides: 1, padding: .same)
      let sum = g.add("sum", g.conv2D(x, "product", channels, kernel: 1), pool)
      return g.add("end", sum, pool)
    }
  }

  /// NASNet shifts a map by a row and a column: what is padded on one side is cropped on the other.
  @Test(
    arguments: [
      Margins(top: 1, bottom: 0, left: 1, right: 0), Margins(top: 0, bottom: 2, left: 3, right: 0),
      Margins(top: 7, bottom: 0, left: 0, right: 1), Margins(1),
    ], [3, 16, 20])
  func paddingAndCropping(cropping: Margins, channels: Int) throws {
    try expectEqualToReference(outputs: ["pooled", "cropped", "end"], input: .map(6, 5, 3)) { g, x in
      let x = g.conv2D(x, "conv", channels, kernel: 3, padding: .same)
      let padding = Margins(top: 0, bottom: 3, left: 1, right: 2)
      let shifted = g.cropping2D(g.zeroPadding2D(x, "padded", padding), "cropped", cropping)
      let pooled = g.averagePooling2D(shifted, "pooled", pool: 1, strides: 2)
      let cropped = g.cropping2D(x, "part", Margins(top: 1, bottom: 2, left: 0, right: 1))
      let both = g.zeroPadding2D(cropped, "back", Margins(top: 2, bottom: 1, left: 1, right: 0))
      return g.add("end", g.globalAveragePooling2D(both, "mean"), g.globalAveragePooling2D(pooled, "means"))
    }
  }

  @Test(arguments: [
    (2, 2, Padding.valid), (3, 1, .same), (3, 2, .same), (5, 1, .same), (1, 2, .valid), (6, 1, .same),
  ])
  func means(_ window: (pool: Int, strides: Int, padding: Padding)) throws {
    for channels in [5, 16, 44] {
      try expectEqualToReference(input: .map(9, 7, 3)) { g, x in
        let x = g.conv2D(x, "conv", channels, kernel: 3, padding: .same)
        let pool = g.averagePooling2D(
          x, "pool", pool: window.pool, strides: window.strides, padding: window.padding)
        return g.averagePooling2D(g.zeroPadding2D(pool, "pad", Margins(1)), "next", pool: 2, strides: 1)
      }
    }
  }

  /// A silu before a depthwise convolution is left to it, one behind is its own; whoever else reads the values gets them.
  @Test(
    arguments: [
      (3, 1, Padding.same), (3, 2, .same), (5, 1, .same), (5, 2, .valid), (7, 1, .same), (7, 2, .same),
    ],
    [[], ["expand"], ["inner", "outer"]])
  func depthwiseBetweenSilus(_ window: (kernel: Int, strides: Int, padding: Padding), outputs: [String])
    throws
  {
    for channels in [5, 16, 44] {
      try expectEqualToReference(
        outputs: outputs.isEmpty ? nil : outputs, tolerance: 2e-6, input: .map(19, 16, 3)
      ) { g, x in
        var x = g.batchNormalization(g.conv2D(x, "expand", channels, kernel: 1, useBias: false), "expand_bn")
        x = g.activation(x, "inner", .silu)
        x = g.depthwiseConv2D(
          x, "depthwise", kernel: window.kernel, strides: window.strides, padding: window.padding,
          useBias: false)
        x = g.activation(g.batchNormalization(x, "bn"), "outer", .silu)
        x = g.depthwiseConv2D(x, "next", kernel: 3, padding: .same)
        return g.conv2D(g.activation(x, "relu", .relu), "project", 8, kernel: 1)
      }
    }
  }

  /// Very large and very small values, where the exponential function is bounded.
  @Test(arguments: [1e-30, 1, 60, 1e4, 1e30])
  func siluOfExtremes(scale: Double) throws {
    try expectEqualToReference(tolerance: 2e-6, range: -1...1) { g, x in
      let x = g.conv2D(g.rescaling(x, "rescaling", scale: scale), "conv", 16, kernel: 1)
      return g.depthwiseConv2D(g.activation(x, "silu", .silu), "depthwise", kernel: 3, padding: .same)
    }
  }

  /// ConvNeXt: maps stay in NHWC from block to block, the depthwise convolution and the sum included, where their channels
  /// fill blocks; in another layout before and behind.
  @Test(arguments: [16, 32, 20], [[], ["sum0", "normal1"], ["depthwise1", "end"]])
  func blocksOverChannels(channels: Int, outputs: [String]) throws {
    for batch in [1, 3] {
      try expectEqualToReference(
        outputs: outputs.isEmpty ? nil : outputs, batch: batch, tolerance: 3e-6, input: .map(11, 9, 3)
      ) { g, x in
        var x = g.conv2D(x, "stem", channels, kernel: 3, strides: 1)
        for index in 0..<3 {
          var inner = g.conv2D(
            x, "depthwise\(index)", channels, kernelSize: Size2D(7), padding: .same, groups: channels)
          inner = g.layerNormalization(inner, "normal\(index)", epsilon: 1e-6)
          inner = g.activation(
            g.conv2D(inner, "wide\(index)", 4 * channels, kernel: 1), "gelu\(index)",
            .gelu(approximate: false))
          x = g.add("sum\(index)", x, g.conv2D(inner, "narrow\(index)", channels, kernel: 1))
        }
        return g.conv2D(x, "end", channels, kernel: 2, strides: 2)
      }
    }
  }
}
