import FoundationEssentials
import ZooFile
import ZooGraph
import ZooSystem

/// What a picture's features depend on beside its bytes. Anything that changes a value is in here.
public struct CacheKey: Sendable, Equatable, Codable {
  /// SHA-256 over the graph up to the cut and the digests of its weights.
  public var network: String
  /// The base's name, for people.
  public var base: String?
  /// The layer the features are taken from.
  public var layer: String
  /// What is done to pixels.
  public var preprocessing: Preprocessing
  /// How pictures get their size.
  public var resize: ResizeMode
  /// Whether pictures are turned by their EXIF orientation; `nil` is no.
  public var exif: Bool?
  /// The features of one picture, without the batch.
  public var shape: Shape
  /// Of the programs that computed them: kernels differ in their last digits.
  public var version: String

  init(
    network: String, base: String?, layer: String, preprocessing: Preprocessing, resize: ResizeMode,
    exif: Bool, shape: Shape,
    version: String
  ) {
    self.network = network
    self.base = base
    self.layer = layer
    self.preprocessing = preprocessing
    self.resize = resize
    self.exif = exif ? true : nil
    self.shape = shape
    self.version = version
  }

  /// The key of what `extractor`, made from `file`, gives.
  public init(_ extractor: FeatureExtractor, of file: ZooFile, _ decoding: Pictures.Decoding) throws {
    try self.init(extractor.graph, layer: extractor.layer, of: file, decoding)
  }

  /// The key of what `graph` gives with the weights of `file`.
  ///
  /// - Parameter layer: the one the features are taken from, for people.
  public init(
    _ graph: ModelGraph, layer: String, of file: ZooFile, _ decoding: Pictures.Decoding
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let digest = Digest(.sha256)
    try encoder.encode(graph).withUnsafeBytes { digest.update($0) }
    let layers = Set(graph.nodes.map(\.name))
    for (tensor, sha256) in zip(file.tensors, file.digests) where layers.contains(tensor.layer) {
      Array("\(tensor.name) \(sha256)\n".utf8).withUnsafeBytes { digest.update($0) }
    }
    network = digest.finish()
    base = file.model.base
    self.layer = layer
    preprocessing = file.model.preprocessing
    resize = decoding.resize
    exif = decoding.exif ? true : nil
    shape = try graph.resolved().outputShape
    version = zooVersion
  }

  /// The name of the file that keeps what depends on this.
  func fileName() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let digest = try encoder.encode(self).withUnsafeBytes { Digest.of($0) }
    return "\(base ?? "model")-\(digest.prefix(24)).features"
  }
}
