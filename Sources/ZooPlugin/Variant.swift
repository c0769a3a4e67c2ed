import ZooGraph

/// The pooling behind the last feature map of a network without top, as Keras' `pooling` argument.
public enum Pooling: String, Sendable, Codable, CaseIterable {
  case none, avg, max
}

/// One network out of the many a base stands for: Keras' constructor arguments.
public struct Variant: Sendable, Codable, Equatable {
  public var base: String
  public var includeTop: Bool
  /// Without top only.
  public var pooling: Pooling
  /// Height and width of the pictures.
  public var inputSize: Size2D
  /// With top only.
  public var classes: Int
  /// With top only: `softmax`, or `linear` for logits.
  public var classifierActivation: ActivationFunction

  /// Keras' defaults for `base`.
  public init(
    of base: Base, includeTop: Bool, pooling: Pooling = .none, inputSize: Size2D? = nil, classes: Int = 1000,
    classifierActivation: ActivationFunction = .softmax
  ) {
    self.base = base.name
    self.includeTop = includeTop
    self.pooling = pooling
    self.inputSize = inputSize ?? Size2D(base.inputSize)
    self.classes = classes
    self.classifierActivation = classifierActivation
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
