import Synchronization
import ZooSystem

extension ZooFile {
  /// Checks everything that opening did not: every chunk's checksum, every tensor's SHA-256, and that what lies
  /// between the tensors is zero. On all cores.
  ///
  /// - Parameter progress: called with the bytes of each tensor done, from any thread.
  /// - Throws: `FileError` for the first damage.
  public func verify(progress: @Sendable (Int) -> Void = { _ in }) throws(FileError) {
    try checkPadding()
    let failures = Mutex<[(Int, FileError)]>([])
    Threads.forEach(tensors.count) { index in
      do throws(FileError) {
        try verify(index)
      } catch {
        failures.withLock { $0.append((index, error)) }
      }
      progress(tensors[index].byteCount ?? 0)
    }
    if let first = failures.withLock({ $0.min { $0.0 < $1.0 } }) { throw first.1 }
  }

  private func verify(_ index: Int) throws(FileError) {
    let digest = Digest(.sha256)
    do {
      try read(index) { digest.update($0) }
    } catch let error as FileError {
      throw error
    } catch is CancellationError {
      throw FileError(path, "is not checked to its end: the task was cancelled")
    } catch {
      throw FileError(path, "\(error)")
    }
    let found = digest.finish()
    guard found == digests[index] else {
      throw .damaged(
        path, "tensor '\(tensors[index].name)': SHA-256 is \(found), expected \(digests[index])")
    }
  }

  private func checkPadding() throws(FileError) {
    var end = Header.size
    try file.withBytes { bytes throws(FileError) in
      for range in ranges {
        let start = aligned(end)
        guard bytes[end..<start].allSatisfy({ $0 == 0 }) else {
          throw .damaged(path, "the bytes from \(end) to \(start) should be zero")
        }
        end = range.last.map { chunks[$0].offset + chunks[$0].storedLength } ?? start
      }
      guard bytes[end..<header.indexOffset].allSatisfy({ $0 == 0 }) else {
        throw .damaged(path, "the bytes before the index should be zero")
      }
    }
  }
}
