import ZooSystem

/// What went wrong with an HDF5 file, and what to do about it. One line, made for a person to read.
public struct HDF5Error: Error, Sendable, Equatable, CustomStringConvertible {
  public var path: String
  public var reason: String
  /// The next thing to try.
  public var advice: String?

  public init(_ path: String, _ reason: String, advice: String? = nil) {
    self.path = path
    self.reason = reason
    self.advice = advice
  }

  init(_ error: FileError) {
    self.init(error.path, error.reason, advice: error.advice)
  }

  /// In one line; a name in a hostile file cannot send commands to the terminal.
  public var description: String {
    ("\(path): \(reason)" + (advice.map { "; \($0)" } ?? "")).printable
  }
}
