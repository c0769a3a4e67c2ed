import ZooEngine
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooTrain

/// A base with its head on, and how the pictures for it are read.
struct TransferNetwork {
  let base: ZooFile
  let graph: ResolvedGraph
  /// The new layers on top of the base.
  let head: [String]
  let decoding: Pictures.Decoding
  let loader: ImageLoader

  /// - Throws: `TrainError` for a head that does not fit and a stage that names no layer, `FileError` for a base that
  ///   takes no pictures.
  init(_ base: ZooFile, classes: Int, _ options: TransferOptions) throws {
    self.base = base
    let withHead = try options.head.appended(
      to: base.graph, classes: classes, output: options.recipe.loss.outputFunction)
    graph = try withHead.graph.resolved()
    head = withHead.headLayers
    decoding = Pictures.Decoding(
      options.resize ?? base.model.resize, exif: options.exif || base.model.exif == true)
    let picture = graph.inputShape.picture ?? graph.inputShape
    loader = ImageLoader(
      height: picture.height, width: picture.width, resize: decoding.resize,
      color: try ColorMode(for: graph.inputShape, of: base.path), exif: decoding.exif)
    for stage in options.stages { _ = try split(of: stage, options) }
  }

  /// Where the network is cut in a stage.
  func split(of stage: Stage, _ options: TransferOptions) throws(TrainError) -> TrainingSplit {
    try TrainingSplit(
      graph, layers: try stage.layers.layers(of: graph, head: head),
      trainsBatchNormalization: options.trainsBatchNormalization)
  }

  /// Of the outputs at the cut, one for each of its layers.
  func caches(of split: TrainingSplit, in folder: CacheFolder) throws -> [FeatureCache] {
    try split.boundary.map { layer in
      let key = try CacheKey(try graph.graph.cut(at: layer), layer: layer, of: base, decoding)
      return try FeatureCache(key, folder: folder.path)
    }
  }

  /// The base's weights, and those that a new head begins with.
  func initialWeights(seed: UInt64) throws -> OverlaidWeights {
    let initial = InitialWeights(graph, layers: head, seed: seed)
    var weights: [WeightName: [Float]] = [:]
    for entry in graph.entries where head.contains(entry.node.name) {
      for spec in entry.weights {
        let name = WeightName(entry.owner, spec.name)
        weights[name] = try initial.values(of: name)
      }
    }
    return OverlaidWeights(weights, over: base)
  }
}
