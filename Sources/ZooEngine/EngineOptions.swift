/// How a network is to be run.
public struct EngineOptions: Sendable {
  /// How many threads a run may use; `nil`: one for each CPU of this process.
  ///
  /// With one thread runs never wait for each other. With more, they take turns.
  public var threads: Int?

  public init(threads: Int? = nil) {
    self.threads = threads
  }
}
