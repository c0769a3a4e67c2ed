import ZooEngine
import ZooSystem

/// What computed.
public struct RunMachine: Sendable, Equatable, Codable {
  /// As the system names it.
  public var processor: String
  /// How many were computed with.
  public var threads: Int
  /// The version of oneDNN.
  public var oneDNN: String

  /// This machine.
  ///
  /// - Parameter threads: `nil` for ``Threads/count``.
  public init(threads: Int? = nil) {
    processor = Machine.processorName ?? "unknown"
    self.threads = threads ?? Threads.count
    oneDNN = Engine.oneDNNVersion
  }
}
