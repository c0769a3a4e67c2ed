import Testing
import ZooEngine
import ZooGraph

/// The backward pass of every layer kind in its parametrisations, against central differences.
@Suite struct GradientTests {
  /// All that keep the number of channels. (Sparsemax of many channels is mostly 0 and has no slope; of two it is among the
  /// examples of the layer kinds.)
  private static let functions = ActivationFunction.standard.filter { $0 != .glu && $0 != .sparsemax }

  @Test(arguments: LayerTests.convolutions, [Padding.valid, .same])
  func convolution(_ parameters: LayerTests.ConvolutionCase, padding: Padding) throws {
    let layer = Conv2D(
      filters: parameters.filters, kernelSize: parameters.kernel, strides: parameters.strides,
      padding: padding, dilationRate: parameters.dilation, groups: parameters.groups)
    try expectGradients(input: .map(7, 8, 3), channels: parameters.channels) {
      $0.add(layer, "conv", to: [$1])
    }
  }

  @Test(arguments: [Padding.valid, .same], [true, false])
  func convolutionWithoutBiasOrWithActivation(padding: Padding, useBias: Bool) throws {
    let layer = Conv2D(
      filters: 16, kernelSize: Size2D(3), padding: padding, activation: .relu, useBias: useBias)
    try expectGradients(channels: 16) { $0.add(layer, "conv", to: [$1]) }
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
      try expectGradients(input: .map(7, 8, 3), channels: parameters.channels) {
        $0.add(layer, "depthwise", to: [$1])
      }
    }
  }

  @Test(arguments: [(1, 1, 5), (2, 2, 16)], [Padding.valid, .same])
  func separableConvolution(_ parameters: (strides: Int, multiplier: Int, channels: Int), padding: Padding)
    throws
  {
    for (useBias, activation) in [(true, ActivationFunction.tanh), (false, .linear)] {
      let layer = SeparableConv2D(
        filters: 6, kernelSize: Size2D(3), strides: Size2D(parameters.strides), padding: padding,
        depthMultiplier: parameters.multiplier, activation: activation, useBias: useBias)
      try expectGradients(input: .map(7, 8, 3), channels: parameters.channels) {
        $0.add(layer, "separable", to: [$1])
      }
    }
  }

  @Test(arguments: [Padding.valid, .same])
  func kernelsThatAreNotSquare(padding: Padding) throws {
    for channels in [5, 16] {
      let depthwise = DepthwiseConv2D(
        kernelSize: Size2D(2, 5), padding: padding, dilationRate: Size2D(2, 1))
      try expectGradients(input: .map(7, 8, 3), channels: channels) {
        $0.add(depthwise, "depthwise", to: [$1])
      }
      let (pool, strides) = (Size2D(3, 2), Size2D(1, 2))
      try expectGradients(channels: channels) {
        $0.add(
          MaxPooling2D(poolSize: pool, strides: strides, padding: padding), "pool", to: [$1])
      }
      try expectGradients(channels: channels) {
        $0.add(
          AveragePooling2D(poolSize: pool, strides: strides, padding: padding), "pool",
          to: [$1])
      }
    }
  }

  /// A layer's own activation, not the network's last, as a last softmax or sigmoid belongs to the loss.
  @Test(arguments: functions)
  func activationWithinALayer(_ function: ActivationFunction) throws {
    try expectGradients(channels: 8) {
      $0.rescaling($0.conv2D($1, "conv", 6, kernel: 3, activation: function), "after", scale: 0.7)
    }
    let depthwise = DepthwiseConv2D(kernelSize: Size2D(3), padding: .same, activation: function)
    try expectGradients(channels: 16) {
      $0.rescaling($0.add(depthwise, "depthwise", to: [$1]), "after", scale: 0.7)
    }
    try expectGradients(input: .vector(9), batch: 3) {
      $0.rescaling($0.dense($1, "dense", 7, activation: function), "after", scale: 0.7)
    }
  }

  @Test(arguments: [1, 7, 64], [true, false])
  func dense(units: Int, useBias: Bool) throws {
    for features in [1, 5, 33] {
      try expectGradients(input: .vector(features), batch: 3) {
        $0.add(Dense(units: units, useBias: useBias), "dense", to: [$1])
      }
    }
  }

  @Test(arguments: [5, 16, 20], [true, false])
  func batchNormalization(channels: Int, usesBatch: Bool) throws {
    for (center, scale) in [(true, true), (false, true), (true, false), (false, false)] {
      let layer = BatchNormalization(center: center, scale: scale)
      for input in [Shape.map(4, 3, channels), .vector(channels)] {
        let statistics: Set<String> = usesBatch ? ["norm"] : []
        try expectGradients(input: input, batch: 6, batchStatistics: statistics, tolerance: 1e-4) {
          $0.add(layer, "norm", to: [$1])
        }
      }
    }
  }

  @Test(arguments: functions)
  func activation(_ function: ActivationFunction) throws {
    for channels in [5, 16] {
      // Not the last layer, as a last softmax or sigmoid belongs to the loss.
      try expectGradients(channels: channels, range: -4...4) {
        $0.rescaling($0.activation($1, "activation", function), "after", scale: 0.7, offset: 0.1)
      }
    }
    try expectGradients(input: .vector(11), range: -4...4) {
      $0.rescaling($0.activation($1, "activation", function), "after", scale: 0.7)
    }
  }

  @Test(arguments: [(2, 2), (3, 2), (3, 1), (2, 3)], [Padding.valid, .same])
  func pooling(_ parameters: (pool: Int, strides: Int), padding: Padding) throws {
    let (pool, strides) = (Size2D(parameters.pool), Size2D(parameters.strides))
    for channels in [5, 16] {
      try expectGradients(channels: channels) {
        $0.add(
          MaxPooling2D(poolSize: pool, strides: strides, padding: padding), "pool", to: [$1])
      }
      try expectGradients(channels: channels) {
        $0.add(
          AveragePooling2D(poolSize: pool, strides: strides, padding: padding), "pool",
          to: [$1])
      }
    }
  }

  @Test(arguments: [5, 16], [true, false])
  func globalPooling(channels: Int, keepdims: Bool) throws {
    try expectGradients(channels: channels) { $0.globalAveragePooling2D($1, "pool", keepdims: keepdims) }
    try expectGradients(channels: channels) {
      $0.add(GlobalMaxPooling2D(keepdims: keepdims), "pool", to: [$1])
    }
  }

  @Test(arguments: [5, 16])
  func zeroPadding(channels: Int) throws {
    try expectGradients(channels: channels) {
      let padded = $0.zeroPadding2D($1, "pad", Margins(top: 1, bottom: 2, left: 0, right: 3))
      return $0.conv2D(padded, "conv", 4, kernel: 3, strides: 2)
    }
  }

  @Test(arguments: [5, 16])
  func reshaping(channels: Int) throws {
    try expectGradients(input: .map(4, 3, channels)) {
      $0.dense($0.flatten($1, "flatten"), "dense", 3)
    }
    try expectGradients(input: .map(4, 3, channels)) {
      $0.conv2D($0.reshape($1, "reshape", .map(2, 6, channels)), "conv", 3, kernel: 2)
    }
  }

  @Test(arguments: [5, 16])
  func addition(channels: Int) throws {
    try expectGradients(channels: channels) {
      let left = $0.conv2D($1, "left", channels, kernel: 3, padding: .same)
      let right = $0.activation($1, "right", .relu)
      return $0.activation($0.add("add", left, right, $1), "after", .relu)
    }
    // The same value twice.
    try expectGradients(channels: channels) { $0.add("add", $1, $1) }
  }

  @Test(arguments: [5, 16])
  func multiplication(channels: Int) throws {
    try expectGradients(channels: channels) {
      $0.multiply("product", $1, $0.conv2D($1, "other", channels, kernel: 3, padding: .same))
    }
    try expectGradients(channels: channels) { $0.multiply("square", $1, $1) }
    for mapFirst in [true, false] {
      try expectGradients(channels: channels) {
        let squeezed = $0.globalAveragePooling2D($1, "squeeze", keepdims: true)
        let factors = $0.conv2D(squeezed, "factors", channels, kernel: 1, activation: .hardSigmoid)
        return mapFirst ? $0.multiply("scale", $1, factors) : $0.multiply("scale", factors, $1)
      }
    }
  }

  @Test(arguments: [(5, 3), (16, 32), (16, 5)])
  func concatenation(_ channels: (Int, Int)) throws {
    try expectGradients {
      let left = $0.conv2D($1, "left", channels.0, kernel: 1)
      let right = $0.conv2D($1, "right", channels.1, kernel: 3, padding: .same)
      return $0.conv2D($0.concatenate("both", left, right, $1), "after", 4, kernel: 1)
    }
  }

  @Test func rescaling() throws {
    try expectGradients { $0.rescaling($1, "rescaling", scale: -1.7, offset: 0.4) }
  }

  @Test func residualBlocks() throws {
    for channels in [5, 16] {
      try expectGradients(channels: channels, batch: 4, batchStatistics: ["norm1", "norm2"], tolerance: 5e-5)
      {
        var x = $0.conv2D($1, "conv1", channels, kernel: 3, padding: .same, useBias: false)
        x = $0.activation($0.batchNormalization(x, "norm1"), "relu1", .relu)
        x = $0.depthwiseConv2D(x, "conv2", kernel: 3, padding: .same, useBias: false)
        x = $0.activation($0.batchNormalization(x, "norm2"), "relu2", .relu6)
        x = $0.activation($0.add("add", x, $1), "relu3", .relu)
        x = $0.dropout($0.globalAveragePooling2D(x, "pool"), "drop", rate: 0)
        return $0.dense(x, "logits", 3)
      }
    }
  }
}
