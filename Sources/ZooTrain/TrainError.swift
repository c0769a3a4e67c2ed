/// Why something cannot be trained. One line, made for a person to read.
public struct TrainError: Error, Sendable, Equatable, CustomStringConvertible {
  public var reason: String
  /// What to do next, where there is something to say.
  public var advice: String?

  public init(_ reason: String, advice: String? = nil) {
    self.reason = reason
    self.advice = advice
  }

  public var description: String { advice.map { "\(reason); \($0)" } ?? reason }
}
