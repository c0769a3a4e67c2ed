import ZooGraph

extension KerasOperation {
  static let functions: [String: OperationReader] = withParameters.merging(
    withoutParameters, uniquingKeysWith: { first, _ in first })

  private static let withParameters: [String: OperationReader] = [
    "gelu": gelu, "leaky_relu": leaky, "relu": rectifier, "elu": elu, "celu": celu, "squareplus": squareplus,
    "hard_shrink": hardShrink, "soft_shrink": softShrink, "threshold": threshold, "glu": glu, "clip": clip,
    "log1p": logarithmOfMore, "normalize": normalize, "l2_normalize": normalize, "cast": cast, "round": round,
    "softmax": softmax(.softmax), "log_softmax": softmax(.logSoftmax), "sparsemax": softmax(.sparsemax),
  ]

  private static let withoutParameters = kinds.mapValues(function).merging(
    activations, uniquingKeysWith: { first, _ in first })

  private static let kinds: [String: any LayerKind] = [
    "negative": Rescaling(scale: -1), "exp": Activation(.exponential), "absolute": Elementwise(.absolute),
    "square": Elementwise(.square), "sqrt": Elementwise(.squareRoot),
    "rsqrt": Elementwise(.reciprocalSquareRoot),
    "reciprocal": Elementwise(.reciprocal), "log": Elementwise(.logarithm), "sin": Elementwise(.sine),
    "cos": Elementwise(.cosine), "sign": Elementwise(.sign), "floor": Elementwise(.floor),
    "ceil": Elementwise(.ceiling), "stop_gradient": Activation(.linear), "identity": Activation(.linear),
    "convert_to_tensor": Activation(.linear),
  ]

  private static let activations: [String: OperationReader] = [
    ActivationFunction.relu6, .sigmoid, .tanh, .hardSigmoid, .hardSilu, .hardTanh, .silu, .selu, .softplus,
    .softsign,
    .mish, .logSigmoid, .sparsePlus, .sparseSigmoid, .tanhShrink,
  ].reduce(into: [:]) { $0[$1.name] = function(Activation($1)) }

  private static func function(_ kind: any LayerKind) -> OperationReader {
    { (_) throws(UnknownLayer) in .layer(kind) }
  }

  private static func gelu(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    // Keras 3's function approximates where nothing is said, TensorFlow's does not.
    .layer(Activation(.gelu(approximate: try read.bool("approximate", read.operation.isOfKeras3))))
  }

  private static func leaky(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .layer(Activation(.leakyReLU(negativeSlope: try read.number("negative_slope", "alpha", standard: 0.2))))
  }

  private static func rectifier(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let most = read.argument("max_value")
    guard most == nil || most?.number != nil else { throw read.unknown("'max_value' must be a number") }
    return .layer(
      Activation(
        .keras(
          maximum: most?.number, negativeSlope: try read.number("negative_slope", "alpha", standard: 0),
          threshold: try read.number("threshold", standard: 0))))
  }

  private static func elu(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .layer(Activation(.elu(alpha: try read.number("alpha", standard: 1))))
  }

  private static func celu(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .layer(Activation(.celu(alpha: try read.number("alpha", standard: 1))))
  }

  private static func squareplus(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .layer(Activation(.squareplus(b: try read.number("b", standard: 4))))
  }

  private static func hardShrink(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .layer(Activation(.hardShrink(threshold: try read.number("threshold", standard: 0.5))))
  }

  private static func softShrink(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .layer(Activation(.softShrink(threshold: try read.number("threshold", standard: 0.5))))
  }

  private static func threshold(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .layer(
      Activation(
        .threshold(
          try read.number("threshold"), value: try read.number("default_value", "value"))))
  }

  private static func glu(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    guard try read.axes("axis", rank: read.input.rank, standard: [-1]) == [read.input.rank - 1] else {
      throw read.unknown("only over the channels it is supported")
    }
    return .layer(Activation(.glu))
  }

  private static func clip(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .layer(
      Elementwise(
        .clip(try read.number("x_min", "clip_value_min"), try read.number("x_max", "clip_value_max"))))
  }

  private static func logarithmOfMore(_: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    .chain([Rescaling(scale: 1, offset: 1), Elementwise(.logarithm)])
  }

  private static func normalize(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let axes = try read.axes("axis", rank: read.input.rank, standard: read.operation.isOfKeras3 ? [-1] : nil)
    try read.expect("order", 2)
    guard try read.number("epsilon", standard: 1e-12) == 1e-12 else {
      throw read.unknown("only epsilon 1e-12")
    }
    return .layer(UnitNormalization(axis: axes))
  }

  private static func round(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    try read.expect("decimals", 0)
    return .layer(Elementwise(.round))
  }

  private static func cast(_ read: inout Reading) throws(UnknownLayer) -> ConfigLayer {
    let type = try read.string("dtype", read.operation.node.config["dtype"]?.string ?? "float32")
    guard ["float32", "float16", "bfloat16"].contains(type) else {
      throw read.unknown("to '\(type)' it is not supported: everything is float32")
    }
    return .identity
  }

  private static func softmax(_ function: SoftmaxFunction) -> OperationReader {
    { (read) throws(UnknownLayer) in
      let axes = try read.axes("axis", rank: read.input.rank, standard: [-1])
      let isPlain = function == .softmax && axes == [read.input.rank - 1]
      return .layer(isPlain ? Activation(.softmax) : Softmax(axis: axes, function: function))
    }
  }

  /// Keras 3's functions have other defaults than TensorFlow's.
  var isOfKeras3: Bool { !["TFOpLambda", "SlicingOpLambda"].contains(node.className) }
}
