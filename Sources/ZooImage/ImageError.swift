import ZooSystem

/// Why a picture or a folder of pictures cannot be used. One line, made for a person to read.
public struct ImageError: Error, Sendable, Equatable, CustomStringConvertible {
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

  init(_ path: String, _ failure: DecodeFailure) {
    self.init(path, failure.reason, advice: failure.advice)
  }

  public var description: String {
    "\(path): \(reason)" + (advice.map { "; \($0)" } ?? "")
  }
}

/// What a decoder finds wrong; it does not know the file's name.
struct DecodeFailure: Error {
  var reason: String
  var advice: String?

  init(_ reason: String, advice: String? = "replace or remove the file") {
    self.reason = reason
    self.advice = advice
  }

  static func corrupt(_ format: String, _ detail: String) -> DecodeFailure {
    DecodeFailure("is a corrupt or truncated \(format): \(detail)")
  }
}
