import ZooGraph

/// A pretrained network that a plugin knows how to build, and what is published about it.
public struct Base: Sendable, Codable, Equatable {
  /// Unique among all plugins: `mobilenetv2_0.35_224`.
  public var name: String
  /// The plugin's family: `MobileNet`.
  public var family: String
  /// Height and width of the pictures it was trained on.
  public var inputSize: Int
  /// The smallest legal height and width.
  public var minimumInputSize: Int
  /// What the network expects of pixels 0…255.
  public var preprocessing: Preprocessing
  /// Weights with the top for 1000 classes.
  public var parameters: Int
  /// Weights without the top; they depend on no size.
  public var parametersWithoutTop: Int
  /// Published ImageNet accuracy of a centre crop, in percent.
  public var top1: Double?
  /// Likewise, with the class among the five best.
  public var top5: Double?
  /// Where its weights can be had.
  public var published: [PublishedWeights]
  /// Which class names the published top has: `imagenet`, or none.
  public var labels: String?
  /// Of the published weights.
  public var license: String?
  /// Whether Keras builds another network with `weights=None` than with the published weights (``Variant/isPretrained``).
  public var differsUntrained: Bool?

  /// - Parameter parameters: weights with the top for 1000 classes, at `inputSize`.
  public init(
    name: String, family: String, inputSize: Int, minimumInputSize: Int, preprocessing: Preprocessing,
    parameters: Int, parametersWithoutTop: Int, top1: Double? = nil, top5: Double? = nil,
    published: [PublishedWeights] = [], labels: String? = nil, license: String? = nil,
    differsUntrained: Bool? = nil
  ) {
    self.name = name
    self.family = family
    self.inputSize = inputSize
    self.minimumInputSize = minimumInputSize
    self.preprocessing = preprocessing
    self.parameters = parameters
    self.parametersWithoutTop = parametersWithoutTop
    self.top1 = top1
    self.top5 = top5
    self.published = published
    self.labels = labels
    self.license = license
    self.differsUntrained = differsUntrained
  }
}

/// A file of weights on the web.
public struct PublishedWeights: Sendable, Codable, Equatable {
  /// Whether the classifier is in the file.
  public var includeTop: Bool
  /// Its address.
  public var url: String
  /// Lower-case hexadecimal, where one is published.
  public var md5: String?
  /// Lower-case hexadecimal, where one is published.
  public var sha256: String?

  /// - Parameter md5: in lower-case hexadecimal, where one is published.
  public init(includeTop: Bool, url: String, md5: String? = nil, sha256: String? = nil) {
    self.includeTop = includeTop
    self.url = url
    self.md5 = md5
    self.sha256 = sha256
  }
}
