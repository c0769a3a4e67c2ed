import ZooHDF5
import ZooPlugin
import ZooSystem

/// Why a Keras file cannot be imported, or a model not be exported. One line: the file, what is wrong (the
/// layer, what was expected, what was found), what to do.
public struct KerasError: Error, Sendable, Equatable, CustomStringConvertible {
  public var path: String
  public var reason: String
  /// The next thing to try.
  public var advice: String?

  public init(_ path: String, _ reason: String, advice: String? = nil) {
    self.path = path
    self.reason = reason
    self.advice = advice
  }

  init(_ error: HDF5Error) {
    self.init(error.path, error.reason, advice: error.advice)
  }

  init(_ error: FileError) {
    self.init(error.path, error.reason, advice: error.advice)
  }

  /// In one line; a name in a hostile file cannot send commands to the terminal.
  public var description: String {
    ("\(path): \(reason)" + (advice.map { "; \($0)" } ?? "")).printable
  }
}
