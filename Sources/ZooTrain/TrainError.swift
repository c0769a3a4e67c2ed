/// Why something cannot be trained. One line, made for a person to read.
public struct TrainError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public var reason: String
  /// What to do next, where there is something to say.
  public var advice: String?

  /// - Parameter advice: what to do next.
  public init(_ reason: String, advice: String? = nil) {
    self.reason = reason
    self.advice = advice
  }

  /// The task that trains was cancelled.
  package static let cancelled = TrainError("the training was cancelled")

  public var description: String { advice.map { "\(reason); \($0)" } ?? reason }
}
