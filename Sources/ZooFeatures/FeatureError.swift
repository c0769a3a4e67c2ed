/// Why features could not be extracted. One line: the file, what is wrong, what to do.
public struct FeatureError: Error, Sendable, Equatable, CustomStringConvertible {
  public var path: String
  public var reason: String
  /// The next thing to try.
  public var advice: String?

  public init(_ path: String, _ reason: String, advice: String? = nil) {
    self.path = path
    self.reason = reason
    self.advice = advice
  }

  public var description: String {
    ("\(path): \(reason)" + (advice.map { "; \($0)" } ?? "")).printable
  }
}
