import ZooGraph

/// What a layer of a configuration is here.
enum ConfigLayer {
  /// Does nothing when predicting: augmentation, noise.
  case identity
  case layer(any LayerKind)
  /// Several, one behind the other.
  case chain([any LayerKind])
  /// A layer of these operands, tensors and constants, and others behind it.
  case call(any LayerKind, [Argument], then: [any LayerKind] = [])
  /// Several outputs, each of some layers one behind the other.
  case parts([[any LayerKind]])
  /// One layer of all inputs, each of which goes through some layers of its own.
  case merge([[any LayerKind]], into: any LayerKind)
  /// No layer: a tensor's shape, or what is computed with it.
  case known(Argument)
}

/// What a layer's meaning depends on beside its parameters.
struct ConfigContext {
  var node: ConfigNode
  /// The shapes of the tensors that it is called with.
  var inputs: [Shape]
  var shapes: [TensorKey: Shape]
  /// Of the pictures, where the configuration leaves it open, or another one is asked for.
  var inputSize: Size2D?

  /// The rank of the first input.
  var rank: Int { inputs.first?.rank ?? 0 }
}

/// Reads the parameters of a class of layers.
typealias LayerReader = @Sendable (inout LayerConfig, ConfigContext) throws(UnknownLayer) -> ConfigLayer

extension ConfigNode {
  func unknown(_ reason: String) -> UnknownLayer {
    UnknownLayer(reason: "layer '\(name)' (\(className)): \(reason)")
  }

  /// All classes that are read. How is in the files of this folder's `Layers`.
  private static let readers: [String: LayerReader] = [
    inputReaders, convolutionReaders, denseReaders, normalizationReaders, activationReaders, dropoutReaders,
    windowReaders,
    shapeReaders, mergeReaders, attentionReaders, identityReaders,
  ].reduce(into: [:]) { all, some in all.merge(some) { first, _ in first } }

  static func isLayer(_ className: String) -> Bool { readers[className] != nil }

  /// The layer that it is, from Keras' class and parameters. Every parameter is honoured or refused.
  func layer(in context: ConfigContext) throws(UnknownLayer) -> ConfigLayer {
    guard !isForeign else {
      throw unknown(
        "it is a class of its author's, '\([module, className].compactMap { $0 }.joined(separator: "."))'")
    }
    if let operation = KerasOperation(self, context) { return try operation.layer() }
    guard let read = Self.readers[className] else {
      throw unknown("zoo has no such layer")
    }
    try checkKeywords()
    var config = LayerConfig(self)
    try config.expectFloat32()
    let layer = try read(&config, context)
    try config.finish()
    return layer
  }

  /// Why it cannot be taken.
  var lambdaRefusal: UnknownLayer {
    unknown(
      "it runs Python code, which is never executed; write it with layers or operations of Keras and save it again"
    )
  }

  /// Arguments of a call beside its tensors.
  private func checkKeywords() throws(UnknownLayer) {
    for (key, value) in call.keywords.sorted(by: { $0.key < $1.key }) {
      switch (key, value) {
      case (_, .value(.null)), (_, .value(.bool(false))), ("inputs", _): continue
      // A mask, for example, is a tensor as well.
      case ("query", .tensor), ("value", .tensor), ("key", .tensor):
        guard className == "MultiHeadAttention" else {
          throw unknown("it is called with '\(key)', which is not supported")
        }
      // Keras 3 predicts whatever is said there; Keras 2 trains on where it is said.
      case ("training", .value(.bool(true))) where !isKeras2 || !Self.changesInTraining.contains(className):
        continue
      default: throw unknown("it is called with '\(key)', which is not supported")
      }
    }
  }

  private static let changesInTraining: Set<String> = [
    "BatchNormalization", "Dropout", "SpatialDropout2D", "SpatialDropout1D", "GaussianDropout",
    "GaussianNoise",
    "AlphaDropout", "MultiHeadAttention", "RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast",
    "RandomTranslation", "RandomBrightness", "RandomCrop",
  ]
}

/// A layer of a class that takes no parameters.
func plain(_ kind: some LayerKind) -> LayerReader {
  { _, _ in .layer(kind) }
}
