import Dispatch
import Synchronization
import ZooSystem

/// Writes checkpoints while the training goes on, one at a time.
public final class CheckpointWriter: Sendable {
  private let path: String
  private let queue = DispatchQueue(label: "zoo.checkpoint")
  private let failure = Mutex<FileError?>(nil)

  public init(_ path: String) { self.path = path }

  /// Begins to write a checkpoint when the one before is on the disk.
  ///
  /// - Throws: `FileError` when that one could not be written.
  public func write(_ checkpoint: Checkpoint) throws(FileError) {
    try finish()
    queue.async { [self] in
      do throws(FileError) {
        try checkpoint.write(to: path)
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  /// Waits until everything is on the disk.
  ///
  /// - Throws: `FileError` when it could not be written.
  public func finish() throws(FileError) {
    queue.sync {}
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
