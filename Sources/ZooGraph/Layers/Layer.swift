/// The layer kinds a graph composes. In JSON: `{"class_name": "Conv2D", "config": {…}}`, as in Keras.
///
/// To add a kind: a file in this folder, a case here, and what the compiler then asks for.
public enum Layer: Sendable, Equatable {
  case input(InputLayer)
  case conv2D(Conv2D)
  case depthwiseConv2D(DepthwiseConv2D)
  case separableConv2D(SeparableConv2D)
  case dense(Dense)
  case batchNormalization(BatchNormalization)
  case activation(Activation)
  case zeroPadding2D(ZeroPadding2D)
  case maxPooling2D(MaxPooling2D)
  case averagePooling2D(AveragePooling2D)
  case globalAveragePooling2D(GlobalAveragePooling2D)
  case globalMaxPooling2D(GlobalMaxPooling2D)
  case flatten(Flatten)
  case reshape(Reshape)
  case dropout(Dropout)
  case add(Add)
  case multiply(Multiply)
  case concatenate(Concatenate)
  case rescaling(Rescaling)

  /// The layer's parameters as a value of its kind.
  public var kind: any LayerKind {
    switch self {
    case .input(let layer): layer
    case .conv2D(let layer): layer
    case .depthwiseConv2D(let layer): layer
    case .separableConv2D(let layer): layer
    case .dense(let layer): layer
    case .batchNormalization(let layer): layer
    case .activation(let layer): layer
    case .zeroPadding2D(let layer): layer
    case .maxPooling2D(let layer): layer
    case .averagePooling2D(let layer): layer
    case .globalAveragePooling2D(let layer): layer
    case .globalMaxPooling2D(let layer): layer
    case .flatten(let layer): layer
    case .reshape(let layer): layer
    case .dropout(let layer): layer
    case .add(let layer): layer
    case .multiply(let layer): layer
    case .concatenate(let layer): layer
    case .rescaling(let layer): layer
    }
  }

  /// Keras' class name.
  public var className: String { type(of: kind).className }
}

extension Layer: Codable {
  /// How to read the `config` of each class.
  private static let readers: [String: @Sendable (KeyedDecodingContainer<CodingKeys>) throws -> Layer] = {
    func reader<Kind: LayerKind>(
      _ wrap: @escaping @Sendable (Kind) -> Layer
    ) -> (String, @Sendable (KeyedDecodingContainer<CodingKeys>) throws -> Layer) {
      (Kind.className, { wrap(try $0.decode(Kind.self, forKey: .config)) })
    }
    return Dictionary(uniqueKeysWithValues: [
      reader(Layer.input), reader(Layer.conv2D), reader(Layer.depthwiseConv2D),
      reader(Layer.separableConv2D), reader(Layer.dense),
      reader(Layer.batchNormalization), reader(Layer.activation), reader(Layer.zeroPadding2D),
      reader(Layer.maxPooling2D), reader(Layer.averagePooling2D), reader(Layer.globalAveragePooling2D),
      reader(Layer.globalMaxPooling2D), reader(Layer.flatten), reader(Layer.reshape), reader(Layer.dropout),
      reader(Layer.add), reader(Layer.multiply), reader(Layer.concatenate), reader(Layer.rescaling),
    ])
  }()

  /// The class names of all layer kinds, sorted.
  public static let classNames: [String] = readers.keys.sorted()

  enum CodingKeys: String, CodingKey {
    case className = "class_name"
    case config
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let className = try container.decode(String.self, forKey: .className)
    guard let read = Self.readers[className] else {
      throw DecodingError.dataCorruptedError(
        forKey: .className, in: container,
        debugDescription:
          "unknown layer kind '\(className)'; known are \(Self.classNames.joined(separator: ", "))")
    }
    self = try read(container)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(className, forKey: .className)
    try container.encode(kind, forKey: .config)
  }
}
