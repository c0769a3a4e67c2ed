import Testing
import ZooEngine
import ZooGraph

/// Every layer kind in its parametrisations, against the oracle.
@Suite struct LayerTests {
  struct ConvolutionCase: Sendable, CustomTestStringConvertible {
    var kernel = Size2D(3)
    var strides = Size2D(1)
    var dilation = Size2D(1)
    var groups = 1
    var channels = 5
    var filters = 6

    var testDescription: String {
      "kernel \(kernel) strides \(strides) dilation \(dilation) groups \(groups) \(channels)→\(filters)"
    }
  }

  static let convolutions: [ConvolutionCase] = [
    ConvolutionCase(), ConvolutionCase(kernel: Size2D(1)), ConvolutionCase(kernel: Size2D(1), filters: 1),
    ConvolutionCase(kernel: Size2D(1), strides: Size2D(2), channels: 32, filters: 48),
    ConvolutionCase(kernel: Size2D(2, 5)), ConvolutionCase(strides: Size2D(2)),
    ConvolutionCase(strides: Size2D(3, 2), channels: 16, filters: 16),
    ConvolutionCase(kernel: Size2D(1), strides: Size2D(4)), ConvolutionCase(dilation: Size2D(2)),
    ConvolutionCase(kernel: Size2D(2, 3), dilation: Size2D(3, 1), channels: 16, filters: 32),
    ConvolutionCase(groups: 2, channels: 6, filters: 10), ConvolutionCase(groups: 6, channels: 6, filters: 6),
    ConvolutionCase(groups: 3, channels: 6, filters: 3),
    ConvolutionCase(groups: 2, channels: 32, filters: 64),
    ConvolutionCase(groups: 6, channels: 6, filters: 18), ConvolutionCase(channels: 3, filters: 32),
    ConvolutionCase(kernel: Size2D(7), strides: Size2D(2), channels: 3, filters: 64),
    ConvolutionCase(channels: 64, filters: 24), ConvolutionCase(channels: 1, filters: 1),
  ]

  @Test(arguments: convolutions, [Padding.valid, .same])
  func convolution(_ parameters: ConvolutionCase, padding: Padding) throws {
    for useBias in [true, false] {
      let layer = Conv2D(
        filters: parameters.filters, kernelSize: parameters.kernel, strides: parameters.strides,
        padding: padding, dilationRate: parameters.dilation, groups: parameters.groups, useBias: useBias)
      try expectEqualToReference(input: .map(9, 8, parameters.channels)) {
        $0.add(layer, "conv", to: [$1])
      }
    }
  }

  @Test(
    arguments: [
      (3, 1, 1, 1, 5), (3, 2, 1, 1, 16), (5, 1, 1, 1, 24), (5, 2, 1, 1, 8), (3, 1, 2, 1, 16), (3, 1, 1, 2, 5),
      (3, 2, 1, 3, 16), (1, 1, 1, 1, 7), (3, 1, 1, 16, 2), (3, 1, 1, 4, 1),
    ], [Padding.valid, .same])
  func depthwiseConvolution(
    _ parameters: (kernel: Int, strides: Int, dilation: Int, multiplier: Int, channels: Int), padding: Padding
  ) throws {
    for useBias in [true, false] {
      let layer = DepthwiseConv2D(
        kernelSize: Size2D(parameters.kernel), strides: Size2D(parameters.strides), padding: padding,
        dilationRate: Size2D(parameters.dilation), depthMultiplier: parameters.multiplier, useBias: useBias)
      try expectEqualToReference(input: .map(9, 8, parameters.channels)) {
        $0.add(layer, "depthwise", to: [$1])
      }
    }
  }

  @Test(
    arguments: [
      (kernel: 3, strides: 1, dilation: 1, multiplier: 1, channels: 5),
      (kernel: 3, strides: 2, dilation: 1, multiplier: 2, channels: 16),
      (kernel: 2, strides: 1, dilation: 2, multiplier: 3, channels: 33),
      (kernel: 5, strides: 1, dilation: 1, multiplier: 1, channels: 32),
    ], [Padding.valid, .same])
  func separableConvolution(
    _ parameters: (kernel: Int, strides: Int, dilation: Int, multiplier: Int, channels: Int), padding: Padding
  ) throws {
    for (useBias, activation) in [(true, ActivationFunction.relu), (false, .linear), (true, .selu)] {
      let layer = SeparableConv2D(
        filters: 20, kernelSize: Size2D(parameters.kernel), strides: Size2D(parameters.strides),
        padding: padding, dilationRate: Size2D(parameters.dilation), depthMultiplier: parameters.multiplier,
        activation: activation, useBias: useBias)
      for threads in [1, 2] {
        try expectEqualToReference(
          options: EngineOptions(threads: threads), input: .map(9, 8, parameters.channels)
        ) { $0.batchNormalization($0.add(layer, "separable", to: [$1]), "norm") }
      }
    }
  }

  @Test(arguments: [1, 7, 64, 1_000], [true, false])
  func dense(units: Int, useBias: Bool) throws {
    for features in [1, 5, 96] {
      try expectEqualToReference(batch: 3, input: .vector(features)) {
        $0.add(Dense(units: units, useBias: useBias), "dense", to: [$1])
      }
    }
  }

  @Test(arguments: ActivationFunction.standard.filter { $0 != .glu })
  func activationOnEveryLayerThatTakesOne(_ function: ActivationFunction) throws {
    // exp makes a relative error of what was an absolute one.
    let tolerance = function == .exponential ? 1e-5 : 2e-6
    try expectEqualToReference(range: -6...6) { $0.activation($1, "activation", function) }
    try expectEqualToReference(input: .vector(11), range: -6...6) {
      $0.activation($1, "activation", function)
    }
    for channels in [5, 16] {
      try expectEqualToReference(tolerance: tolerance, input: .map(6, 7, channels), range: -6...6) {
        $0.conv2D($1, "conv", 20, kernel: 3, activation: function)
      }
      let depthwise = DepthwiseConv2D(kernelSize: Size2D(3), activation: function)
      try expectEqualToReference(tolerance: tolerance, input: .map(6, 7, channels), range: -6...6) {
        $0.add(depthwise, "depthwise", to: [$1])
      }
    }
    try expectEqualToReference(tolerance: tolerance, input: .vector(11), range: -6...6) {
      $0.dense($1, "dense", 20, activation: function)
    }
  }

  /// In a blocked layout the last block reaches beyond the channels; what lies there must not leak.
  @Test(arguments: ActivationFunction.standard.filter { $0 != .glu })
  func activationBetweenConvolutionsOfOddChannels(_ function: ActivationFunction) throws {
    // Sparsemax takes the difference of sums.
    let tolerance = function == .sparsemax ? 1e-5 : 2e-6
    try expectEqualToReference(
      outputs: ["first", "activation", "second", "pool"], tolerance: tolerance, input: .map(7, 7, 3)
    ) { g, x in
      var x = g.conv2D(x, "first", 21, kernel: 3)
      x = g.activation(x, "activation", function)
      x = g.conv2D(x, "second", 19, kernel: 1)
      return g.globalAveragePooling2D(x, "pool")
    }
  }

  @Test(arguments: [true, false], [true, false])
  func batchNormalization(center: Bool, scale: Bool) throws {
    let layer = BatchNormalization(epsilon: 1e-3, center: center, scale: scale)
    for shape in [Shape.map(4, 5, 3), .map(4, 5, 16), .vector(9)] {
      try expectEqualToReference(input: shape) { $0.add(layer, "bn", to: [$1]) }
    }
    try expectEqualToReference(input: .map(6, 6, 4)) {
      $0.add(layer, "bn", to: [$0.conv2D($1, "conv", 21, kernel: 1)])
    }
  }

  static let windows: [(window: Size2D, strides: Size2D)] = [
    (Size2D(2), Size2D(2)), (Size2D(3), Size2D(2)), (Size2D(3), Size2D(1)), (Size2D(2, 3), Size2D(3, 1)),
    (Size2D(1), Size2D(2)), (Size2D(8), Size2D(5)),
  ]

  @Test(arguments: windows, [Padding.valid, .same])
  func pooling(_ parameters: (window: Size2D, strides: Size2D), padding: Padding) throws {
    let maximum = MaxPooling2D(poolSize: parameters.window, strides: parameters.strides, padding: padding)
    let average = AveragePooling2D(poolSize: parameters.window, strides: parameters.strides, padding: padding)
    for layer in [maximum, average] as [any LayerKind] {
      for channels in [1, 5, 32] {
        try expectEqualToReference(input: .map(9, 8, channels), range: -3...(-1)) {
          $0.add(layer, "pool", to: [$1])
        }
      }
      try expectEqualToReference { $0.add(layer, "pool", to: [$0.conv2D($1, "conv", 21, kernel: 1)]) }
    }
  }

  @Test(arguments: [false, true])
  func globalPooling(keepdims: Bool) throws {
    for channels in [3, 16, 37] {
      try expectEqualToReference(input: .map(7, 5, channels)) {
        $0.globalAveragePooling2D($1, "pool", keepdims: keepdims)
      }
      try expectEqualToReference(input: .map(7, 5, channels)) {
        $0.add(GlobalMaxPooling2D(keepdims: keepdims), "pool", to: [$1])
      }
    }
  }

  @Test(arguments: [3, 16, 21])
  func padding(channels: Int) throws {
    let margins = Margins(top: 1, bottom: 2, left: 3, right: 0)
    try expectEqualToReference(input: .map(4, 5, channels)) { $0.zeroPadding2D($1, "pad", margins) }
    try expectEqualToReference(input: .map(1, 1, channels)) { $0.zeroPadding2D($1, "pad", margins) }
    try expectEqualToReference {
      $0.zeroPadding2D($0.conv2D($1, "conv", channels, kernel: 3), "pad", margins)
    }
  }

  @Test func shapes() throws {
    try expectEqualToReference(input: .map(4, 5, 6)) { $0.flatten($1, "flatten") }
    try expectEqualToReference(input: .map(4, 5, 6)) { $0.reshape($1, "reshape", .map(10, 3, 4)) }
    try expectEqualToReference(input: .map(4, 5, 6)) { $0.reshape($1, "reshape", Shape([8, 15])) }
    try expectEqualToReference(input: .vector(24)) { $0.reshape($1, "reshape", .map(1, 1, 24)) }
    try expectEqualToReference(input: Shape([2, 3, 4, 5])) {
      $0.rescaling($1, "rescaling", scale: 2, offset: 1)
    }
    try expectEqualToReference(input: Shape([6, 5])) { $0.activation($1, "softmax", .softmax) }
    try expectEqualToReference(input: .map(4, 5, 3)) { g, x in
      g.flatten(g.conv2D(x, "conv", 21, kernel: 3), "flatten")
    }
    try expectEqualToReference(input: .map(4, 5, 3)) { g, x in
      g.dropout(
        g.reshape(g.conv2D(x, "conv", 20, kernel: 3), "reshape", .map(20, 2, 3)), "dropout", rate: 0.3)
    }
    try expectEqualToReference { g, x in g.dropout(x, "dropout", rate: 0.5) }
  }

  @Test(arguments: [4, 16, 24])
  func merging(channels: Int) throws {
    try expectEqualToReference { g, x in
      let a = g.conv2D(x, "a", channels, kernel: 3)
      let b = g.conv2D(x, "b", channels, kernel: 3)
      let c = g.conv2D(x, "c", channels, kernel: 3)
      return g.add("add", a, b, c)
    }
    try expectEqualToReference { g, x in
      let a = g.conv2D(x, "a", channels, kernel: 3)
      return g.add("add", a, a)
    }
    try expectEqualToReference { g, x in
      let a = g.conv2D(x, "a", channels, kernel: 3)
      return g.multiply("multiply", a, g.conv2D(x, "b", channels, kernel: 3))
    }
    for swapped in [false, true] {
      try expectEqualToReference { g, x in
        let a = g.conv2D(x, "a", channels, kernel: 3)
        let factor = g.globalAveragePooling2D(a, "pool", keepdims: true)
        return swapped ? g.multiply("multiply", factor, a) : g.multiply("multiply", a, factor)
      }
    }
    try expectEqualToReference { g, x in
      let a = g.conv2D(x, "a", channels, kernel: 3, padding: .same)
      let b = g.conv2D(x, "b", 16, kernel: 3, padding: .same)
      return g.conv2D(g.concatenate("concatenate", a, x, b), "c", 9, kernel: 1)
    }
    try expectEqualToReference(input: .vector(7)) { g, x in
      g.concatenate("concatenate", x, g.dense(x, "dense", channels), x)
    }
    try expectEqualToReference(input: .vector(7)) { g, x in g.add("add", x, g.multiply("square", x, x)) }
  }
}
