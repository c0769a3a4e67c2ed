import Synchronization
import ZooFeatures
import ZooImage
import ZooSystem
import ZooTrain

/// A data set whose pictures are known by their content and can be decoded.
struct TransferData {
  let training: ImageList
  let validation: ImageList
  let trainingIDs: [FeatureCache.PictureID]
  let validationIDs: [FeatureCache.PictureID]
  /// What was left out.
  let skipped: [BadPicture]
  /// How the pictures that are held out were chosen: see ``Dataset``.
  let seed: UInt64
  let validationShare: Double?

  /// - Parameters:
  ///   - isKnown: whether a picture's features are at hand, so that it need not be decoded.
  /// - Throws: `TransferError` that lists the pictures which cannot be read, unless `skipBad`; `CancellationError` in a
  ///   task that is cancelled.
  init(
    _ data: Dataset, loader: ImageLoader, skipBad: Bool, isKnown: (FeatureCache.PictureID) -> Bool
  ) throws {
    let bad: (training: [BadPicture], validation: [BadPicture])
    (training, trainingIDs, bad.training) = try Self.readable(data.training, loader, isKnown)
    (validation, validationIDs, bad.validation) = try Self.readable(data.validation, loader, isKnown)
    skipped = bad.training + bad.validation
    (seed, validationShare) = (data.seed, data.validationShare)
    guard skipped.isEmpty || skipBad else {
      let shown = skipped.prefix(20).map(\.reason).joined(separator: "\n  ")
      let more = skipped.count > 20 ? "\n  and \(skipped.count - 20) more" : ""
      throw TransferError(
        "\(skipped.count) pictures cannot be read; repair or remove them, or leave them out with --skip-bad\n  "
          + shown + more)
    }
    try checkClasses()
  }

  private init(_ data: TransferData, training: [Int], validation: [Int]) {
    func list(_ indices: [Int]) -> ImageList {
      var list = data.training
      list.items = indices.map { data.training.items[$0] }
      return list
    }
    self.training = list(training)
    self.validation = list(validation)
    trainingIDs = training.map { data.trainingIDs[$0] }
    validationIDs = validation.map { data.trainingIDs[$0] }
    skipped = data.skipped
    (seed, validationShare) = (data.seed, data.validationShare)
  }

  /// The pictures to learn from, with a part of them held out instead of those that were.
  ///
  /// - Parameter part: their places, rising.
  func holdingOut(_ part: [Int]) -> TransferData {
    let held = Set(part)
    return TransferData(
      self, training: training.items.indices.filter { !held.contains($0) }, validation: part)
  }

  /// - Throws: `TransferError` unless every picture has one class.
  func requireOneClassEach() throws(TransferError) {
    guard let odd = (training.items + validation.items).first(where: { $0.labels.count != 1 }) else { return }
    let names = odd.labels.map { classNames[$0] }.joined(separator: ", ")
    throw TransferError(
      "\(odd.path): has \(odd.labels.count) classes (\(names)), which this loss cannot learn; use --loss binary"
        .replacing(" ()", with: ""))
  }

  var classNames: [String] { training.classNames }

  func targets(of list: ImageList) throws(TrainError) -> Targets {
    try Targets(classes: classNames.count, of: list.items.map(\.labels))
  }

  /// The pictures that can be read, with their identities, and those that cannot.
  private static func readable(
    _ list: ImageList, _ loader: ImageLoader, _ isKnown: (FeatureCache.PictureID) -> Bool
  ) throws(CancellationError) -> (ImageList, [FeatureCache.PictureID], bad: [BadPicture]) {
    let (ids, unreadable) = try list.contentIDs()
    let unknown = ids.indices.filter { index in ids[index].map { !isKnown($0) } ?? false }
    let bad = try unreadable + undecodable(list, unknown, loader)
    let missing = Set(bad.map(\.index))
    let kept = ids.indices.filter { !missing.contains($0) }
    var readable = list
    readable.items = kept.map { list.items[$0] }
    return (readable, kept.compactMap { ids[$0] }, bad.sorted { $0.index < $1.index })
  }

  private static func undecodable(
    _ list: ImageList, _ indices: [Int], _ loader: ImageLoader
  ) throws(CancellationError) -> [BadPicture] {
    let bad = Mutex<[BadPicture]>([])
    try Threads.forEachWhileWanted(indices.count) { place in
      let path = list.items[indices[place]].path
      do throws(FileError) {
        _ = try loader.load(path)
      } catch {
        bad.withLock { $0.append(BadPicture(index: indices[place], path: path, reason: error.description)) }
      }
    }
    return bad.withLock { $0 }
  }

  private func checkClasses() throws(TransferError) {
    let present = Set(training.items.flatMap(\.labels))
    if let empty = classNames.indices.first(where: { !present.contains($0) }) {
      throw TransferError(
        "the class '\(classNames[empty])' has no picture to learn from; give it some, or remove it")
    }
  }

  /// Names everything the pictures say: their content, order and classes.
  var digest: String {
    let digest = Digest(.sha256)
    func add(_ text: String) { Array("\(text)\n".utf8).withUnsafeBytes { digest.update($0) } }
    classNames.forEach(add)
    for (list, ids) in [(training, trainingIDs), (validation, validationIDs)] {
      add("\(ids.count)")
      for (item, id) in zip(list.items, ids) {
        add("\(item.labels)")
        id.withUnsafeBytes { digest.update($0) }
      }
    }
    return digest.finish()
  }
}

/// Why a training cannot begin or go on. Made for a person to read.
public struct TransferError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One line for people; several where pictures are listed.
  public let description: String

  /// The loss has run away.
  ///
  /// - Parameters:
  ///   - best: the best epoch, whose weights `output` has; `nil` where there was none, and nothing is written.
  public static func diverged(epoch: Int, step: Int, best: Int?, output: String) -> TransferError {
    TransferError(
      "the loss has run away, or is no number any more, at step \(step), in epoch \(epoch); "
        + (best.map { "\(output) has the weights of epoch \($0)" } ?? "nothing is written")
        + "; try a smaller --learning-rate")
  }

  init(_ description: String) {
    self.description = description
  }
}
