/// How a picture is brought to a network's input size.
public enum ResizeMode: String, Sendable, Codable, CaseIterable {
  /// As `image_dataset_from_directory`: `tf.image.resize`, half-pixel centres, no antialias. The default.
  case bilinear
  /// As `load_img`: Pillow's nearest neighbour.
  case nearest
  /// As `image_dataset_from_directory(interpolation="bicubic")`.
  case bicubic
  /// As `load_img(interpolation="lanczos")`: Pillow's, antialiased.
  case lanczos
  /// As `image_dataset_from_directory(crop_to_aspect_ratio=True)`: the centre in the target's aspect, then bilinear.
  case cropToAspectRatio = "crop-to-aspect-ratio"
}
