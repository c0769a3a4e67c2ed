/// A function of each value (softmax and its like: of the values of all channels), named as Keras' `activations`.
///
/// In JSON: Keras' name where the numbers are Keras' own, else `{"name": "leaky_relu", "parameters": [0.3]}`.
public enum ActivationFunction: Sendable, Hashable {
  /// `x`.
  case linear
  /// `max(x, 0)`.
  case relu
  /// `min(max(x, 0), 6)`.
  case relu6
  /// Keras' `ReLU`: `maximum` from there on, `x` from `threshold` on, below it `negativeSlope · (x − threshold)`.
  case rectifier(maximum: Double?, negativeSlope: Double, threshold: Double)
  /// `x` above 0, `negativeSlope · x` below.
  case leakyReLU(negativeSlope: Double)
  /// `1 / (1 + exp(-x))`.
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// `relu6(x + 3) / 6`, the definition Keras 3 and MobileNetV3 use.
  case hardSigmoid
  /// `min(max(x / 5 + 1 / 2, 0), 1)`: what Keras 1 and 2 call `hard_sigmoid`.
  case hardSigmoidOfKeras2
  /// `x · relu6(x + 3) / 6`, also called hard-swish.
  case hardSilu
  /// `min(max(x, −1), 1)`.
  case hardTanh
  /// `x · sigmoid(x)`, also called swish.
  case silu
  /// `x` above 0, `alpha · (exp(x) − 1)` below.
  case elu(alpha: Double)
  /// `elu` with the two numbers that keep mean and variance (Klambauer et al., 2017).
  case selu
  /// `x` above 0, `alpha · (exp(x / alpha) − 1)` below.
  case celu(alpha: Double)
  /// `x · Φ(x)` with the normal distribution's Φ, or its approximation with tanh.
  case gelu(approximate: Bool)
  /// `log(exp(x) + 1)`.
  case softplus
  /// `x / (|x| + 1)`.
  case softsign
  /// `x · tanh(softplus(x))`.
  case mish
  /// `exp(x)`.
  case exponential
  /// `log(sigmoid(x))`.
  case logSigmoid
  /// `(x + sqrt(x² + b)) / 2`.
  case squareplus(b: Double)
  /// 0 up to −1, `(x + 1)² / 4` up to 1, `x` from there on.
  case sparsePlus
  /// 0 up to −1, `(x + 1) / 2` up to 1, 1 from there on.
  case sparseSigmoid
  /// `x` where it is further from 0 than `threshold`, else 0.
  case hardShrink(threshold: Double)
  /// `x` brought nearer to 0 by `threshold`, 0 where it is not further away.
  case softShrink(threshold: Double)
  /// `x − tanh(x)`.
  case tanhShrink
  /// `x` above `threshold`, else `value`.
  case threshold(Double, value: Double)
  /// Shares that add up to 1, over the last axis.
  case softmax
  /// The logarithm of ``softmax``.
  case logSoftmax
  /// As Keras computes it, which is not as Martins and Astudillo (2016) do.
  case sparsemax
  /// The first half of the channels times the sigmoid of the second.
  case glu
}

extension ActivationFunction {
  /// How a function is made of the numbers that it takes, with Keras' own values for them.
  private struct Family {
    var name: String
    var standard: [Double]
    var make: @Sendable ([Double]) -> ActivationFunction
  }

  private static let families: [Family] = {
    func plain(_ name: String, _ function: ActivationFunction) -> Family {
      Family(name: name, standard: [], make: { _ in function })
    }
    return [
      plain("linear", .linear), plain("relu", .relu), plain("relu6", .relu6), plain("sigmoid", .sigmoid),
      plain("tanh", .tanh), plain("softmax", .softmax), plain("hard_sigmoid", .hardSigmoid),
      plain("hard_sigmoid_of_keras_2", .hardSigmoidOfKeras2), plain("hard_silu", .hardSilu),
      plain("hard_tanh", .hardTanh), plain("silu", .silu), plain("selu", .selu), plain("softplus", .softplus),
      plain("softsign", .softsign), plain("mish", .mish), plain("exponential", .exponential),
      plain("log_sigmoid", .logSigmoid), plain("sparse_plus", .sparsePlus),
      plain("sparse_sigmoid", .sparseSigmoid), plain("tanh_shrink", .tanhShrink),
      plain("log_softmax", .logSoftmax), plain("sparsemax", .sparsemax), plain("glu", .glu),
      Family(name: "leaky_relu", standard: [0.2], make: { .leakyReLU(negativeSlope: $0[0]) }),
      Family(name: "elu", standard: [1], make: { .elu(alpha: $0[0]) }),
      Family(name: "celu", standard: [1], make: { .celu(alpha: $0[0]) }),
      Family(name: "gelu", standard: [0], make: { .gelu(approximate: $0[0] != 0) }),
      Family(name: "squareplus", standard: [4], make: { .squareplus(b: $0[0]) }),
      Family(name: "hard_shrink", standard: [0.5], make: { .hardShrink(threshold: $0[0]) }),
      Family(name: "soft_shrink", standard: [0.5], make: { .softShrink(threshold: $0[0]) }),
      Family(name: "threshold", standard: [0, 0], make: { .threshold($0[0], value: $0[1]) }),
      // Without a maximum there are two numbers.
      Family(
        name: "rectifier", standard: [],
        make: {
          .rectifier(
            maximum: $0.count > 2 ? $0[2] : nil, negativeSlope: $0.first ?? 0,
            threshold: $0.dropFirst().first ?? 0)
        }),
    ]
  }()
  private static let familiesByName = Dictionary(uniqueKeysWithValues: families.map { ($0.name, $0) })

  /// Keras' names of all functions.
  public static let names: [String] = families.map(\.name).filter { $0 != "rectifier" }

  /// Each function that has a name, with Keras' own numbers.
  public static let standard: [ActivationFunction] = names.compactMap { ActivationFunction(named: $0) }

  /// The function that Keras 3 calls so, with Keras' own numbers; `nil` where there is none.
  public init?(named name: String) {
    guard let family = Self.familiesByName[name], name != "rectifier" else { return nil }
    self = family.make(family.standard)
  }

  /// Keras' name, without the numbers.
  public var name: String {
    switch self {
    case .linear: "linear"
    case .relu: "relu"
    case .relu6: "relu6"
    case .rectifier: "rectifier"
    case .leakyReLU: "leaky_relu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .hardSigmoid: "hard_sigmoid"
    case .hardSigmoidOfKeras2: "hard_sigmoid_of_keras_2"
    case .hardSilu: "hard_silu"
    case .hardTanh: "hard_tanh"
    case .silu: "silu"
    case .elu: "elu"
    case .selu: "selu"
    case .celu: "celu"
    case .gelu: "gelu"
    case .softplus: "softplus"
    case .softsign: "softsign"
    case .mish: "mish"
    case .exponential: "exponential"
    case .logSigmoid: "log_sigmoid"
    case .squareplus: "squareplus"
    case .sparsePlus: "sparse_plus"
    case .sparseSigmoid: "sparse_sigmoid"
    case .hardShrink: "hard_shrink"
    case .softShrink: "soft_shrink"
    case .tanhShrink: "tanh_shrink"
    case .threshold: "threshold"
    case .softmax: "softmax"
    case .logSoftmax: "log_softmax"
    case .sparsemax: "sparsemax"
    case .glu: "glu"
    }
  }

  /// The numbers it takes.
  public var parameters: [Double] {
    switch self {
    case .rectifier(let maximum, let slope, let threshold): [slope, threshold] + (maximum.map { [$0] } ?? [])
    case .leakyReLU(let number), .elu(let number), .celu(let number), .squareplus(let number),
      .hardShrink(let number), .softShrink(let number):
      [number]
    case .gelu(let approximate): [approximate ? 1 : 0]
    case .threshold(let threshold, let value): [threshold, value]
    case .linear, .relu, .relu6, .sigmoid, .tanh, .hardSigmoid, .hardSigmoidOfKeras2, .hardSilu, .hardTanh,
      .silu,
      .selu, .softplus, .softsign, .mish, .exponential, .logSigmoid, .sparsePlus, .sparseSigmoid, .tanhShrink,
      .softmax, .logSoftmax, .sparsemax, .glu:
      []
    }
  }

  /// Whether Keras' name alone says which function it is.
  public var isStandard: Bool { Self(named: name) == self }
}

extension ActivationFunction: CustomStringConvertible {
  /// As in a summary: `relu`, `leaky_relu(0.3)`.
  public var description: String {
    isStandard ? name : "\(name)(\(parameters.map { "\($0)" }.joined(separator: ", ")))"
  }
}

extension ActivationFunction: Codable {
  private enum CodingKeys: CodingKey { case name, parameters }

  public init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      guard let function = Self(named: text) else { throw Self.unknown(text, decoder) }
      self = function
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .name)
    let parameters = try container.decode([Double].self, forKey: .parameters)
    guard let family = Self.familiesByName[name] else { throw Self.unknown(name, decoder) }
    let counts = name == "rectifier" ? 2...3 : family.standard.count...family.standard.count
    guard counts.contains(parameters.count), parameters.allSatisfy(\.isFinite) else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "the activation '\(name)' does not take the numbers \(parameters)"))
    }
    self = family.make(parameters)
  }

  private static func unknown(_ name: String, _ decoder: any Decoder) -> DecodingError {
    DecodingError.dataCorrupted(
      DecodingError.Context(
        codingPath: decoder.codingPath, debugDescription: "unknown activation '\(name)'"))
  }

  public func encode(to encoder: any Encoder) throws {
    if isStandard {
      var container = encoder.singleValueContainer()
      try container.encode(name)
    } else {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(parameters, forKey: .parameters)
    }
  }
}
