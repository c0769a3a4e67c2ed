import ZooSystem

/// What is wrong with a `.zoo` file. One line: the file, what is wrong, what to do.
public struct ZooFileError: Error, Sendable, Equatable, CustomStringConvertible {
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

  static func damaged(_ path: String, _ reason: String) -> ZooFileError {
    ZooFileError(path, "is damaged: \(reason)", advice: "copy or convert it again")
  }

  public var description: String {
    ("\(path): \(reason)" + (advice.map { "; \($0)" } ?? "")).printable
  }
}
