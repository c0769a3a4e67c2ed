/// Names a weight of a graph, as in `conv1_conv/kernel`.
public struct WeightName: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The layer that has it.
  public var layer: String
  /// Keras' name of the variable, such as `kernel`.
  public var weight: String

  /// Of a layer, by Keras' name of the variable.
  public init(_ layer: String, _ weight: String) {
    self.layer = layer
    self.weight = weight
  }

  public var description: String { "\(layer)/\(weight)" }
}
