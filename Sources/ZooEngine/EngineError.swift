import ZooSystem

/// Why a network cannot be compiled or run. One line, made for a person to read.
public struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The layer at which the problem shows, or `nil` when it concerns the whole network.
  public var layer: String?
  /// What is wrong.
  public var reason: String

  /// What is wrong with the file of weights, where that is the reason; it names the file first.
  public var file: FileError?

  /// - Parameter layer: the layer at which it shows.
  public init(layer: String? = nil, _ reason: String) {
    self.layer = layer
    self.reason = reason
  }

  /// A weight could not be read.
  init(_ weight: String, of layer: String, unreadable error: any Error) {
    self.init(layer: layer, "cannot read the weight '\(weight)': \(error)")
    file = error as? FileError
  }

  public var description: String {
    if let file { file.description } else if let layer { "layer '\(layer)': \(reason)" } else { reason }
  }

  /// The same error, told of `layer` if it has none yet.
  func at(_ layer: String) -> EngineError {
    var error = self
    error.layer = self.layer ?? layer
    return error
  }
}
