import ZooGraph
import ZooPlugin
import ZooSystem

/// What a file holds: a network, where its tensors are in it, and the base that it is or stands on, if it is a known
/// one.
public struct Recognition: Sendable {
  /// The network with all shapes.
  public var graph: ResolvedGraph
  /// Which tensor belongs to which weight.
  public var match: WeightMatch
  /// `nil`: a network of its own.
  public var base: Base?
  /// Whether it has a classifier, and whose.
  public var classifier: Classifier
  /// What is done to pixels.
  public var preprocessing: Preprocessing
  /// Why it is that one.
  public var preprocessingReason: PreprocessingReason
  /// How the input size was decided.
  public var resolution: Resolution
  /// What a person should know about it.
  public var notes: [String] = []

  /// What the network ends in.
  public enum Classifier: String, Sendable, Codable {
    /// In features: it is a base without top, or a map.
    case none
    /// In Keras' own top of the base.
    case base
    /// In a head of its author's.
    case own
  }

  /// Why the input has its size.
  public enum Resolution: String, Sendable, Codable {
    /// The user said so.
    case asked = "as asked for"
    /// The configuration says so.
    case config = "from the model's configuration"
    /// The file is called so.
    case fileName = "from the file's name"
    /// There is no other.
    case onlyOne = "the only one published"
    /// Nothing tells.
    case byDefault = "the default; other resolutions have the same weights"
  }

  /// Whether its output can be classes.
  public var includeTop: Bool { classifier != .none }
  /// Of the classifier.
  public var classes: Int? { includeTop ? graph.classOutput(labels: nil).classCount : nil }
  /// Height and width of a picture.
  public var inputSize: Size2D {
    let picture = graph.inputShape.picture ?? graph.inputShape
    return Size2D(picture.height, picture.width)
  }

  /// What the network is called.
  public var name: String { base?.name ?? graph.graph.name }
}

/// Why a file's pixels are prepared as they are.
public enum PreprocessingReason: String, Sendable, Codable {
  /// The user said so.
  case asked = "as asked for"
  /// It is what a known base was trained with.
  case base = "as the base was trained"
  /// There are layers in the model that do it.
  case insideModel = "the model prepares its pixels itself"
  /// Nothing tells.
  case assumed = "assumed, as the file does not tell"
}

/// What is asked of an import.
public struct ImportRequest: Sendable {
  /// The base the file must hold; recognised when `nil`.
  public var base: String?
  /// Whether the file must be taken with its top, or without; whatever fits when `nil`.
  public var includeTop: Bool?
  /// The pictures' size; by default the configuration's or the base's.
  public var inputSize: Size2D?
  /// What the network expects of its pixels; by default what the base's authors did, or nothing.
  public var preprocessing: Preprocessing?
  /// A file with the model's architecture, as `model.to_json()` writes it, for weights that come without.
  public var config: String?
  /// Names of the classes, in order of the output.
  public var labels: [String]?
  /// Compress the tensors.
  public var compress: Bool

  /// By default everything is recognised.
  public init(
    base: String? = nil, includeTop: Bool? = nil, inputSize: Size2D? = nil,
    preprocessing: Preprocessing? = nil, config: String? = nil, labels: [String]? = nil,
    compress: Bool = false
  ) {
    self.base = base
    self.includeTop = includeTop
    self.inputSize = inputSize
    self.preprocessing = preprocessing
    self.config = config
    self.labels = labels
    self.compress = compress
  }
}

/// Recognises a file: by its configuration where it has one, which then decides; else by its tensors.
struct Recognizer {
  let registry: Registry
  let source: KerasSource
  let path: String
  let request: ImportRequest

  /// - Throws: `FileError` that says what the file is, and what of it is not supported or does not fit.
  func recognize() throws(FileError) -> Recognition {
    var found =
      if let config = source.modelConfig {
        try ConfiguredRecognition(
          registry: registry, source: source, path: path, request: request, text: config
        ).recognize()
      } else {
        try RegistryRecognition(registry: registry, source: source, path: path, request: request).recognize()
      }
    if let asked = request.preprocessing {
      guard asked.suits(channels: found.graph.inputShape.picture?.channels ?? 1) else {
        throw FileError(
          path,
          "takes pictures of \(found.graph.inputShape.picture?.channels ?? 1) channels, but the preprocessing '\(asked)' is "
            + "for \(asked.channelCount ?? 1)", advice: "give one number, or one per channel")
      }
      (found.preprocessing, found.preprocessingReason) = (asked, .asked)
    }
    return found
  }
}
