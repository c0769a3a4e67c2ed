import ZooGraph

extension ConfigNode {
  static let identityReaders = Dictionary(
    uniqueKeysWithValues: identities.map { ($0, identity as LayerReader) })

  /// Layers that change pictures and values while training only. What they do then changes nothing here.
  private static let identities = [
    "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomErasing",
    "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomRotation",
    "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom",
    "RandomPerspective",
    "RandomElasticTransform", "RandomPosterization", "AugMix", "CutMix", "MixUp",
    "RandAugment", "ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise", "Identity",
    "RandomHeight", "RandomWidth",
  ]

  static func identity(_ config: inout LayerConfig, _: ConfigContext) throws(UnknownLayer) -> ConfigLayer {
    config.readAll()
    return .identity
  }
}
