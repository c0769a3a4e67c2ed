import Dispatch
import Synchronization
import ZooSystem

/// Writes checkpoints while the training goes on, one at a time.
public final class CheckpointWriter: Sendable {
  private let path: String
  private let queue = DispatchQueue(label: "zoo.checkpoint")
  private let failure = Mutex<FileError?>(nil)
  /// When a checkpoint was last seen to reach the disk.
  private let latest = Mutex(DispatchTime.now())

  /// Waiting for the disk can take longer than an epoch of a small head; so much training may be lost when
  /// the power fails.
  private static let interval = DispatchTimeInterval.seconds(5)

  /// - Parameter path: the file that is replaced each time.
  public init(_ path: String) { self.path = path }

  /// Begins to write a checkpoint when the one before is written.
  ///
  /// - Throws: `FileError` when that one could not be written.
  public func write(_ checkpoint: Checkpoint) throws(FileError) {
    try finish()
    queue.async { [self] in
      do throws(FileError) {
        let isDue = latest.withLock { $0 + Self.interval <= .now() }
        try checkpoint.write(to: path, survivesPowerFailure: isDue)
        if isDue { latest.withLock { $0 = .now() } }
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  /// Waits until everything is written.
  ///
  /// - Throws: `FileError` when it could not be written.
  public func finish() throws(FileError) {
    queue.sync {}
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
