import ZooEngine
import ZooFile
import ZooGraph
import ZooPlugin
import ZooSystem

/// A model made ready to turn pictures into features: its graph cut at a layer, pooled, compiled.
public struct FeatureExtractor: Sendable {
  /// What is to be extracted, and what with.
  public struct Options: Sendable {
    /// The layer whose output is wanted; by default the base's last feature map.
    public var layer: String?
    /// How a map becomes a vector; vectors are left as they are.
    public var pooling: Pooling
    /// Pictures at a time.
    public var batch: Int
    /// Threads to compute with; all cores by default.
    public var threads: Int?
    /// What is computed with; features are float32 in any case.
    public var precision: Precision
    /// The fastest algorithms on this machine; `nil`: those that usually are.
    public var tuning: Tuning?
    /// Over what features are averaged: of a classifier.
    var augmentation: TestTimeAugmentation?

    /// By default the mean of the base's last feature map, in float32, on all processors.
    public init(
      layer: String? = nil, pooling: Pooling = .avg, batch: Int = 32, threads: Int? = nil,
      precision: Precision = .float32, tuning: Tuning? = nil
    ) {
      self.layer = layer
      self.pooling = pooling
      self.batch = batch
      self.threads = threads
      self.precision = precision
      self.tuning = tuning
    }

    init(
      layer: String, pooling: Pooling, batch: Int, threads: Int?, precision: Precision,
      augmentation: TestTimeAugmentation?
    ) {
      self.init(layer: layer, pooling: pooling, batch: batch, threads: threads, precision: precision)
      self.augmentation = augmentation
    }
  }

  /// The model as its file describes it.
  public let model: ModelDescription
  /// The graph up to the layer, with the pooling.
  public let graph: ModelGraph
  /// The layer whose output is given.
  public let layer: String
  /// The shape of one picture's features.
  public let shape: Shape
  /// Height × width × channels.
  public let inputShape: Shape
  /// Pictures at a time.
  public let batch: Int
  private let augmentation: TestTimeAugmentation?
  private let engine: Engine

  /// - Throws: `FileError` for an unknown layer (with the nearest names) or damaged weights,
  ///   `EngineError` for a precision that the processor does not have.
  public init(_ file: ZooFile, _ options: Options = Options()) throws {
    let graph = file.graph
    if let name = options.layer, graph.index(of: name) == nil {
      let names = graph.entries.map(\.node.name)
      throw FileError(
        file.path, unknown(name, amongst: names, what: "layer"), advice: "'zoo info --layers' shows all")
    }
    let layer = options.layer ?? graph.featureMap.node.name
    var wanted = try file.model.graph.cut(at: layer)
    if try wanted.resolved().outputShape.rank == 3 {
      switch options.pooling {
      case .none: break
      case .avg:
        wanted = wanted.appending(GlobalAveragePooling2D(), "\(layer)/avg_pool")
      case .max: wanted = wanted.appending(GlobalMaxPooling2D(), "\(layer)/max_pool")
      }
    }
    let resolved = try wanted.resolved()
    engine = try Engine(
      resolved, weights: file, maximumBatch: options.batch, preprocessing: file.model.preprocessing,
      options: EngineOptions(threads: options.threads, precision: options.precision, tuning: options.tuning))
    model = file.model
    self.graph = wanted
    self.layer = layer
    shape = resolved.outputShape
    inputShape = resolved.inputShape
    batch = options.batch
    augmentation = options.augmentation
  }

  /// The features of pictures in memory.
  ///
  /// - Parameters:
  ///   - pixels: float32, 0…255, count × height × width × channels; preprocessed here as the base wants.
  ///   - features: float32, count × the features of one.
  /// - Throws: `EngineError`.
  public func run(
    _ pixels: UnsafeBufferPointer<Float>, count: Int, into features: UnsafeMutableBufferPointer<Float>
  ) throws(EngineError) {
    try engine.run(pixels, count: count, averagedOver: augmentation, into: [features])
  }

  /// The features of pictures in memory, as arrays.
  public func run(_ pixels: [Float], count: Int) throws(EngineError) -> [Float] {
    var features = [Float](repeating: 0, count: count * (shape.elementCount ?? 0))
    let result = features.withUnsafeMutableBufferPointer { features in
      pixels.withUnsafeBufferPointer { pixels in
        Result { () throws(EngineError) in try run(pixels, count: count, into: features) }
      }
    }
    try result.get()
    return features
  }
}
