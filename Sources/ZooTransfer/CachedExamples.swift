import ZooFeatures
import ZooSystem
import ZooTrain

/// Examples whose frozen layers' outputs are kept on disk: computed once, read again ever after.
final class CachedExamples: Examples {
  let source: PictureExamples
  /// One for each input of the training graph.
  private let caches: [FeatureCache]
  /// Of each picture, for each of its variants.
  private let ids: [[FeatureCache.PictureID]]

  /// - Parameter variants: how many different changes of each picture there are; 1 without augmentation.
  init(_ source: PictureExamples, _ caches: [FeatureCache], variants: Int, augmentation: String?) {
    self.source = source
    self.caches = caches
    ids = source.ids.map { picture in
      guard let augmentation else { return [picture] }
      return (0..<variants).map { variant in
        let name = picture + Array("\(augmentation) \(variant)".utf8)
        return pictureID(name.withUnsafeBytes { Digest.of($0) })
      }
    }
  }

  var count: Int { source.count }

  private var variants: Int { ids.first?.count ?? 1 }

  func targets(of examples: [Int], epoch: Int) -> Targets { source.targets(of: examples, epoch: epoch) }

  func fill(
    _ input: Int, with examples: [Int], epoch: Int, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(TrainError) {
    let variant = epoch % variants
    let (cache, size) = (caches[input], caches[input].rowCount)
    guard buffer.count == size * examples.count else {
      throw TrainError("the network takes \(buffer.count) values, the cache has \(size) for each picture")
    }
    func row(_ place: Int) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(rebasing: buffer[(place * size)..<((place + 1) * size)])
    }
    let missing = examples.indices.filter { !cache.read(ids[examples[$0]][variant], into: row($0)) }
    guard !missing.isEmpty else { return }
    let computed = try source.outputs(of: missing.map { examples[$0] }, epoch: variant)[input]
    for (number, place) in missing.enumerated() {
      _ = row(place).update(fromContentsOf: computed[(number * size)..<((number + 1) * size)])
      do throws(FileError) {
        try cache.append(ids[examples[place]][variant], UnsafeBufferPointer(row(place)))
      } catch {
        throw TrainError(error.description)
      }
    }
  }

  /// Pictures, each with its variants.
  var total: Int { count * variants }

  /// Examples whose first variant is there.
  var atHand: [Int] {
    ids.indices.filter { index in caches.allSatisfy { $0.contains(ids[index][0]) } }
  }

  /// Those that are not there yet.
  var missing: Int { unfinished.reduce(0) { $0 + $1.examples.count } }

  /// Computes what is not there yet.
  func compute(progress: (Int) -> Void) throws(TrainError) {
    let batch = 32
    for (variant, examples) in unfinished {
      for start in stride(from: 0, to: examples.count, by: batch) {
        guard !Task.isCancelled else { throw .cancelled }
        let part = Array(examples[start..<min(examples.count, start + batch)])
        try compute(part, variant)
        progress(part.count)
      }
    }
  }

  /// Computes the first `count` of what is not there yet.
  func computeFirst(_ count: Int) throws(TrainError) {
    guard let (variant, examples) = unfinished.first(where: { !$0.examples.isEmpty }) else { return }
    try compute(Array(examples.prefix(count)), variant)
  }

  private func compute(_ examples: [Int], _ variant: Int) throws(TrainError) {
    for (input, cache) in caches.enumerated() {
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: cache.rowCount * examples.count)
      defer { buffer.deallocate() }
      try fill(input, with: examples, epoch: variant, into: buffer)
    }
  }

  private var unfinished: [(variant: Int, examples: [Int])] {
    (0..<variants).map { variant in
      (variant, ids.indices.filter { index in !caches.allSatisfy { $0.contains(ids[index][variant]) } })
    }
  }
}
