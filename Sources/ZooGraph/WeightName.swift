/// Names a weight of a graph, as in `conv1_conv/kernel`.
public struct WeightName: Sendable, Hashable, Codable, CustomStringConvertible {
  public var layer: String
  /// Keras' name of the variable, such as `kernel`.
  public var weight: String

  public init(_ layer: String, _ weight: String) {
    self.layer = layer
    self.weight = weight
  }

  public var description: String { "\(layer)/\(weight)" }
}
