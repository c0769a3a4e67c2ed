import ZooGraph

/// Why a model cannot be written as ONNX.
public enum ONNXError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The network is not sound.
  case graph(GraphError)
  /// A layer computes what ONNX has no operator for.
  case noCounterpart(layer: String, what: String)
  /// A layer needs an operator of a later version.
  case opsetTooLow(layer: String, what: String, found: Int, least: Int)
  /// A number that float16 does not have.
  case beyondHalf(layer: String, what: String, value: Double)
  /// What is computed otherwise for pictures of another size.
  case dependsOnSize(layer: String)
  /// A weight cannot be read.
  case unreadable(layer: String, weight: String, reason: String)

  public var description: String {
    switch self {
    case .graph(let error): error.description
    case .noCounterpart(let layer, let what):
      "layer '\(layer)': ONNX has no \(what); a layer before it can be written: --layer NAME"
    case .opsetTooLow(let layer, let what, let found, let least):
      "layer '\(layer)': opset \(found) has no \(what)"
        + "; the least that has is \(least): --opset \(least)"
    case .beyondHalf(let layer, let what, let value):
      "layer '\(layer)': \(what) holds \(value), which float16 does not have; leave --half out"
    case .dependsOnSize(let layer):
      "layer '\(layer)' is for pictures of one size; leave --any-size out"
    case .unreadable(let layer, let weight, let reason):
      "layer '\(layer)': the weight '\(weight)' cannot be read: \(reason)"
    }
  }
}
