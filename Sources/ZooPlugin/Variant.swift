import ZooGraph

/// The pooling behind the last feature map of a network without top, as Keras' `pooling` argument.
public enum Pooling: String, Sendable, Codable, CaseIterable {
  /// Nothing: the map stays; the mean, or the greatest value, of each channel.
  case none, avg, max
}

/// One network out of the many a base stands for: Keras' constructor arguments.
public struct Variant: Sendable, Codable, Equatable {
  /// The base's name.
  public var base: String
  /// With its classifier.
  public var includeTop: Bool
  /// Without top only.
  public var pooling: Pooling
  /// Height and width of the pictures.
  public var inputSize: Size2D
  /// With top only.
  public var classes: Int
  /// With top only: `softmax`, or `linear` for logits.
  public var classifierActivation: ActivationFunction
  /// Whether it was made with the published weights; otherwise with Keras' `weights=None`.
  public var isPretrained: Bool

  /// Keras' defaults for `base`.
  public init(
    of base: Base, includeTop: Bool, pooling: Pooling = .none, inputSize: Size2D? = nil, classes: Int = 1000,
    classifierActivation: ActivationFunction = .softmax, isPretrained: Bool = true
  ) {
    self.base = base.name
    self.includeTop = includeTop
    self.pooling = pooling
    self.inputSize = inputSize ?? Size2D(base.inputSize)
    self.classes = classes
    self.classifierActivation = classifierActivation
    self.isPretrained = isPretrained
  }

  /// Programs of the first version did not say whether it was pretrained: they took it to be.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    base = try values.decode(String.self, forKey: .base)
    includeTop = try values.decode(Bool.self, forKey: .includeTop)
    pooling = try values.decode(Pooling.self, forKey: .pooling)
    inputSize = try values.decode(Size2D.self, forKey: .inputSize)
    classes = try values.decode(Int.self, forKey: .classes)
    classifierActivation = try values.decode(ActivationFunction.self, forKey: .classifierActivation)
    isPretrained = try values.decodeIfPresent(Bool.self, forKey: .isPretrained) ?? true
  }

  /// The shape of one picture: RGB.
  public var inputShape: Shape { .map(inputSize.height, inputSize.width, 3) }
}

extension GraphBuilder {
  /// The pooling that ends a network without top, under the names Keras gives.
  public func pooled(_ x: Tap, _ variant: Variant, avg: String, max: String) -> Tap {
    switch variant.pooling {
    case .none: x
    case .avg: globalAveragePooling2D(x, avg)
    case .max: globalMaxPooling2D(x, max)
    }
  }
}
