import ZooGraph

/// What a whole model's configuration (`model_config`, `config.json`) tells beyond its weights.
struct ModelConfig {
  private let root: JSONValue

  /// `nil` when the text is not JSON.
  init?(_ text: String) {
    guard let root = JSONValue(text) else { return nil }
    self.root = root
  }

  /// Height and width of the first input that has both.
  var inputSize: Size2D? {
    for object in root.objects {
      for key in ["batch_shape", "batch_input_shape"] {
        guard case .array(let shape)? = object[key], shape.count == 4,
          case .number(let height) = shape[1], case .number(let width) = shape[2],
          (1...16_384).contains(height), (1...16_384).contains(width)
        else { continue }
        return Size2D(Int(height), Int(width))
      }
    }
    return nil
  }

  /// The activation of a layer.
  func activation(of layer: String) -> ActivationFunction? {
    for object in root.objects where object["name"] == .string(layer) {
      if case .string(let name)? = object["activation"] { return ActivationFunction(rawValue: name) }
    }
    return nil
  }
}
