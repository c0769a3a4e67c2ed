/// What a conversion did; for people as text, for programs as JSON.
public struct ImportReport: Sendable, Encodable {
  /// A tensor of the source.
  public struct Tensor: Sendable, Encodable {
    /// The layer and the name in the file.
    public var layer: String
    /// The tensor's name.
    public var name: String
    /// The tensor's shape.
    public var shape: [Int]
  }

  /// The file that was converted.
  public var source: String
  /// The file that was written; `nil` where nothing was.
  public var output: String?
  /// The known base that it is or stands on.
  public var base: String?
  /// What the network is called: the base's name, or its author's.
  public var name: String
  /// Whether the classifier is there.
  public var includeTop: Bool
  /// Whether the classifier is a head of the owner's, not the base's.
  public var hasOwnHead: Bool
  /// How the source is laid out.
  public var layout: KerasLayout
  /// Of the program that wrote the source, where that says so.
  public var kerasVersion: String?
  /// Height and width.
  public var inputSize: [Int]
  /// Height, width and channels of a picture.
  public var inputShape: [Int]
  /// Why the input has its size.
  public var resolution: Recognition.Resolution
  /// What is done to pixels.
  public var preprocessing: String
  /// Why it is that one.
  public var preprocessingReason: PreprocessingReason
  /// How many classes are told; `nil` without classifier.
  public var classes: Int?
  /// The number of values in all weights.
  public var parameters: Int
  /// Tensors that found their place.
  public var applied: Int
  /// Tensors of the source that have no place.
  public var unused: [Tensor]
  /// Empty: a file with a missing tensor is not converted.
  public var missing: [Tensor]
  /// Written, of tensors.
  public var bytes: Int?
  /// Of the source, in lower-case hexadecimal.
  public var sourceSHA256: String?
  /// What was assumed or left over, for people.
  public var warnings: [String]

  init(
    _ conversion: KerasImport, output: String? = nil, bytes: Int? = nil, sourceSHA256: String? = nil,
    warnings: [String] = []
  ) {
    let found = conversion.recognition
    source = conversion.path
    self.output = output
    base = found.base?.name
    name = found.name
    includeTop = found.includeTop
    hasOwnHead = found.classifier == .own
    layout = conversion.source.layout
    kerasVersion = conversion.source.kerasVersion
    inputSize = [found.inputSize.height, found.inputSize.width]
    inputShape = found.graph.inputShape.dimensions
    resolution = found.resolution
    preprocessing = found.preprocessing.description
    preprocessingReason = found.preprocessingReason
    classes = found.classes
    parameters = found.graph.parameterCount
    applied = found.match.applied.count
    unused = found.match.unused.map {
      Tensor(layer: $0.sourceLayer, name: $0.tensor.name, shape: $0.tensor.shape)
    }
    missing = found.match.missing.map { Tensor(layer: $0.layer, name: $0.spec.name, shape: $0.spec.shape) }
    self.bytes = bytes
    self.sourceSHA256 = sourceSHA256
    self.warnings = warnings
  }
}

extension KerasImport {
  /// What is known before anything is written.
  public var report: ImportReport { ImportReport(self) }
}
