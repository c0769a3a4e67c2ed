/// What a conversion did; for people as text, for programs as JSON.
public struct ImportReport: Sendable, Encodable {
  public struct Tensor: Sendable, Encodable {
    /// The layer and the name in the file.
    public var layer: String
    public var name: String
    public var shape: [Int]
  }

  public var source: String
  public var output: String?
  /// The known base that it is or stands on.
  public var base: String?
  /// What the network is called: the base's name, or its author's.
  public var name: String
  public var includeTop: Bool
  /// Whether the classifier is a head of the owner's, not the base's.
  public var hasOwnHead: Bool
  public var layout: KerasLayout
  public var kerasVersion: String?
  /// Height and width.
  public var inputSize: [Int]
  /// Height, width and channels of a picture.
  public var inputShape: [Int]
  public var resolution: Recognition.Resolution
  public var preprocessing: String
  public var preprocessingReason: PreprocessingReason
  public var classes: Int?
  public var parameters: Int
  /// Tensors that found their place.
  public var applied: Int
  public var unused: [Tensor]
  /// Empty: a file with a missing tensor is not converted.
  public var missing: [Tensor]
  public var bytes: Int?
  public var sourceSHA256: String?
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
