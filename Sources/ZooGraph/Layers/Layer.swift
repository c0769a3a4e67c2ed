/// A layer of any kind. In JSON: `{"class_name": "Conv2D", "config": {…}}`, as in Keras.
public struct Layer: Sendable {
  /// The layer's parameters as a value of its kind.
  public var kind: any LayerKind

  /// A layer of a kind.
  public init(_ kind: some LayerKind) { self.kind = kind }

  /// All kinds. To add one: a file in this folder, and a line here.
  public static let kinds: [any LayerKind.Type] = [
    InputLayer.self,
    // With kernels.
    Conv2D.self, DepthwiseConv2D.self, SeparableConv2D.self, Conv2DTranspose.self, Dense.self, Embedding.self,
    // Normalizations.
    BatchNormalization.self, LayerNormalization.self, RMSNormalization.self, GroupNormalization.self,
    UnitNormalization.self,
    Normalization.self, Rescaling.self, LayerScale.self,
    // Functions of each value.
    Activation.self, PReLU.self, Softmax.self, Elementwise.self, Dropout.self,
    // Windows and sizes.
    MaxPooling2D.self, AveragePooling2D.self, GlobalAveragePooling2D.self, GlobalMaxPooling2D.self,
    ZeroPadding2D.self, Cropping2D.self, UpSampling2D.self, Resizing.self,
    // Shapes.
    Flatten.self, Reshape.self, Permute.self, RepeatVector.self, Tile.self, Slice.self, Stack.self,
    Reduce.self,
    CumulativeSum.self,
    // Several inputs.
    Add.self, Subtract.self, Multiply.self, Average.self, Maximum.self, Minimum.self, Dot.self,
    Concatenate.self, Arithmetic.self, MatMul.self, MultiHeadAttention.self,
    // Others.
    Constant.self, Filled.self, TimeDistributed.self,
  ]

  /// Keras' class name.
  public var className: String { type(of: kind).className }
}

extension Layer: Equatable {
  public static func == (left: Layer, right: Layer) -> Bool { isEqual(left.kind, right.kind) }

  private static func isEqual<Kind: LayerKind>(_ left: Kind, _ right: any LayerKind) -> Bool {
    left == right as? Kind
  }
}

extension Layer: Codable {
  private static let kindsByName = Dictionary(uniqueKeysWithValues: kinds.map { ($0.className, $0) })

  /// The class names of all layer kinds, sorted.
  public static let classNames: [String] = kindsByName.keys.sorted()

  enum CodingKeys: String, CodingKey {
    case className = "class_name"
    case config
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let className = try container.decode(String.self, forKey: .className)
    guard let kind = Self.kindsByName[className] else {
      throw DecodingError.dataCorruptedError(
        forKey: .className, in: container,
        debugDescription:
          "unknown layer kind '\(className)'; known are \(Self.classNames.joined(separator: ", "))")
    }
    func decode<Kind: LayerKind>(_ kind: Kind.Type) throws -> any LayerKind {
      try container.decode(kind, forKey: .config)
    }
    self.kind = try decode(kind)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(className, forKey: .className)
    try container.encode(kind, forKey: .config)
  }
}
