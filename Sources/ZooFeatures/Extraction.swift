import Dispatch
import Synchronization
import ZooGraph
import ZooSystem

extension FeatureExtractor {
  /// Runs over all pictures in order: while one batch is computed, the next is decoded. Memory does not grow
  /// with their number.
  ///
  /// - Parameters:
  ///   - skipBad: leave out what cannot be read, instead of throwing.
  ///   - body: gets the indices of the pictures of a batch, and their features side by side.
  /// - Returns: the pictures that were left out.
  /// - Throws: `FileError` for the first bad picture unless `skipBad`, what `body` throws, and `CancellationError` in a
  ///   task that is cancelled.
  @discardableResult
  public func forEachBatch(
    of pictures: Pictures, skipBad: Bool = false,
    _ body: (_ indices: [Int], _ features: UnsafeBufferPointer<Float>) throws -> Void
  ) throws -> [BadPicture] {
    let featureSize = shape.elementCount ?? 0
    let features = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: min(batch, max(1, pictures.count)) * featureSize)
    defer { features.deallocate() }
    return try pictures.forEachBatch(of: batch, shape: inputShape, skipBad: skipBad) { indices, pixels in
      let results = UnsafeMutableBufferPointer(rebasing: features[..<(indices.count * featureSize)])
      try run(pixels, count: indices.count, into: results)
      try body(indices, UnsafeBufferPointer(results))
    }
  }
}

extension Pictures {
  /// Decodes all pictures in order: while one batch is with `body`, the next is decoded.
  ///
  /// - Parameters:
  ///   - shape: height × width × 3.
  ///   - body: gets the indices of the pictures of a batch, and their pixels side by side.
  /// - Returns: the pictures that were left out.
  /// - Throws: `FileError` for the first bad picture unless `skipBad`, and what `body` throws.
  func forEachBatch(
    of batch: Int, shape: Shape, skipBad: Bool,
    _ body: (_ indices: [Int], _ pixels: UnsafeBufferPointer<Float>) throws -> Void
  ) throws -> [BadPicture] {
    let pictureSize = shape.elementCount ?? 0
    let batch = min(batch, max(1, count))
    var skipped: [BadPicture] = []

    var next = LoadingBatch(self, 0..<batch, shape)
    for start in stride(from: 0, to: count, by: batch) {
      try Task.checkCancellation()
      let current = next
      let end = start + batch
      if end < count { next = LoadingBatch(self, end..<min(end + batch, count), shape) }
      let (indices, bad) = try current.finish(pictureSize)
      if let first = bad.first, !skipBad {
        throw FileError(first.path, first.reason.droppingPrefix("\(first.path): "), advice: nil)
      }
      skipped += bad
      if !indices.isEmpty { try body(indices, current.pixels(indices.count * pictureSize)) }
    }
    return skipped
  }
}

/// A batch whose pictures are being loaded on other threads.
private final class LoadingBatch: Sendable {
  private let range: Range<Int>
  private nonisolated(unsafe) let buffer: UnsafeMutableBufferPointer<Float>
  private let result = Mutex<Result<[BadPicture], FileError>>(.success([]))
  private let group = DispatchGroup()

  init(_ pictures: Pictures, _ range: Range<Int>, _ shape: Shape) {
    let range = range.clamped(to: 0..<pictures.count)
    self.range = range
    buffer = .allocate(capacity: max(1, range.count * (shape.elementCount ?? 0)))
    group.enter()
    Threads.beside { [self] in
      let loaded: Result<[BadPicture], FileError>
      do throws(FileError) {
        loaded = .success(try pictures.load(range, shape: shape, into: buffer))
      } catch {
        loaded = .failure(error)
      }
      result.withLock { $0 = loaded }
      group.leave()
    }
  }

  deinit {
    group.wait()
    buffer.deallocate()
  }

  /// Waits, then closes the gaps that bad pictures left.
  func finish(_ pictureSize: Int) throws -> (indices: [Int], bad: [BadPicture]) {
    group.wait()
    let bad = try result.withLock { $0 }.get()
    let missing = Set(bad.map(\.index))
    let indices = range.filter { !missing.contains($0) }
    if let start = buffer.baseAddress, !missing.isEmpty {
      for (place, index) in indices.enumerated() where index - range.lowerBound != place {
        (start + place * pictureSize).update(
          from: start + (index - range.lowerBound) * pictureSize, count: pictureSize)
      }
    }
    return (indices, bad)
  }

  func pixels(_ count: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(rebasing: buffer[..<count])
  }
}

extension String {
  func droppingPrefix(_ prefix: String) -> String {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
  }
}
