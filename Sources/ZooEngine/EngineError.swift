/// Why a network cannot be compiled or run. One line, made for a person to read.
public struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The layer at which the problem shows, or `nil` when it concerns the whole network.
  public var layer: String?
  public var reason: String

  public init(layer: String? = nil, _ reason: String) {
    self.layer = layer
    self.reason = reason
  }

  public var description: String {
    if let layer { "layer '\(layer)': \(reason)" } else { reason }
  }

  /// The same error, told of `layer` if it has none yet.
  func at(_ layer: String) -> EngineError {
    EngineError(layer: self.layer ?? layer, reason)
  }
}
