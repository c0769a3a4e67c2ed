import ZooGraph

/// Everything a `.zoo` file says about its model, beside the tensors.
public struct ModelDescription: Sendable, Equatable, Codable {
  /// The base it was converted from: `resnet50`.
  public var base: String?
  /// Whether the classifier is in the graph.
  public var includeTop: Bool
  /// The network.
  public var graph: ModelGraph
  /// What is done to pixels 0…255 before they enter.
  public var preprocessing: Preprocessing
  /// Why it is that one, for people.
  public var preprocessingReason: String?
  /// How pictures get their size.
  public var resize: ResizeMode
  /// Whether it was trained on pictures turned by their EXIF orientation; `nil` is no.
  public var exif: Bool?
  /// Class names in order of the output.
  public var labels: [String]?
  /// Where it comes from.
  public var provenance: Provenance
  /// Of a model that was trained here; `nil` where it is not known.
  public var trained: TrainedPictures?
  /// Of a model that decides on each class by itself; `nil`: ½ for all.
  public var thresholds: DecisionThresholds?

  /// A model without training of its own, unless `trained` says so.
  public init(
    base: String?, includeTop: Bool, graph: ModelGraph, preprocessing: Preprocessing,
    preprocessingReason: String? = nil, resize: ResizeMode = .bilinear, exif: Bool = false,
    labels: [String]? = nil,
    provenance: Provenance, trained: TrainedPictures? = nil
  ) {
    self.trained = trained
    self.base = base
    self.includeTop = includeTop
    self.graph = graph
    self.preprocessing = preprocessing
    self.preprocessingReason = preprocessingReason
    self.resize = resize
    self.exif = exif ? true : nil
    self.labels = labels
    self.provenance = provenance
  }
}

/// Where a model came from.
public struct Provenance: Sendable, Equatable, Codable {
  /// The program that wrote the file, with its version.
  public var createdBy: String
  /// The source's name without its folder.
  public var sourceName: String?
  /// The source's size in bytes.
  public var sourceSize: Int?
  /// Of the source, in lower-case hexadecimal.
  public var sourceSHA256: String?
  /// How the source was laid out.
  public var layout: String?
  /// Of the program that wrote the source, where that says so.
  public var kerasVersion: String?
  /// Keras' backend when the source was written.
  public var backend: String?
  /// The source's layers in its order, those without weights included, so that an export restores them.
  public var sourceLayers: [SourceLayerNames]?

  /// - Parameter createdBy: the program that wrote the file, with its version.
  public init(
    createdBy: String, sourceName: String? = nil, sourceSize: Int? = nil, sourceSHA256: String? = nil,
    layout: String? = nil, kerasVersion: String? = nil, backend: String? = nil,
    sourceLayers: [SourceLayerNames]? = nil
  ) {
    self.createdBy = createdBy
    self.sourceName = sourceName
    self.sourceSize = sourceSize
    self.sourceSHA256 = sourceSHA256
    self.layout = layout
    self.kerasVersion = kerasVersion
    self.backend = backend
    self.sourceLayers = sourceLayers
  }
}

/// A layer of the source with the names of its weights.
public struct SourceLayerNames: Sendable, Equatable, Codable {
  /// The layer's name in the source.
  public var name: String
  /// The names of its weights in the source.
  public var weights: [String]

  /// A layer as the source lists it.
  public init(name: String, weights: [String]) {
    self.name = name
    self.weights = weights
  }
}

/// A tensor: which weight of the graph it is, and what it is like.
public struct TensorInfo: Sendable, Equatable, Codable {
  /// The layer in the graph.
  public var layer: String
  /// Keras' name of the variable: `kernel`.
  public var weight: String
  /// Of its values.
  public var type: ElementType
  /// Keras' shape, row-major.
  public var shape: [Int]
  /// The source's layer and its name of the weight, where there was one.
  public var sourceLayer: String?
  /// The weight's name in the source.
  public var sourceWeight: String?

  /// A tensor of a layer.
  public init(
    layer: String, weight: String, type: ElementType, shape: [Int], sourceLayer: String? = nil,
    sourceWeight: String? = nil
  ) {
    self.layer = layer
    self.weight = weight
    self.type = type
    self.shape = shape
    self.sourceLayer = sourceLayer
    self.sourceWeight = sourceWeight
  }

  /// The layer's and the weight's name.
  public var name: String { "\(layer)/\(weight)" }

  /// Bytes of all elements, or `nil` where that does not fit an `Int`.
  var byteCount: Int? { elementCountOf(shape + [type.size]) }
}
