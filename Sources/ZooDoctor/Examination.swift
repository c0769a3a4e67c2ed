import Synchronization
import ZooImage
import ZooSystem

extension Diagnosis {
  /// Looks at every picture of a data set, on all cores.
  ///
  /// - Parameters:
  ///   - exif: whether pictures are seen turned by their EXIF orientation.
  ///   - progress: called once a picture, from any thread.
  public init(of data: Dataset, exif: Bool = false, progress: @escaping @Sendable () -> Void = {}) {
    let isSplit = data.isSplitOnDisk
    let items = data.training.items.map { ($0, false) } + data.validation.items.map { ($0, true) }
    let examined = Mutex([Examined?](repeating: nil, count: items.count))
    Threads.forEach(items.count) { index in
      let one = Examined(items[index].0, isValidation: items[index].1 && isSplit, exif: exif)
      examined.withLock { $0[index] = one }
      progress()
    }
    let all = examined.withLock { $0.compactMap { $0 } }
    let counts = data.classNames.enumerated().map { label, name in
      ClassCount(
        name: name, training: data.training.items.count { $0.labels.contains(label) },
        validation: data.validation.items.count { $0.labels.contains(label) })
    }
    let sizes = counts.map { $0.training + $0.validation }
    pictures = items.count
    classes = counts
    unreadable = all.compactMap { one in
      one.failure.map { Problem(path: one.item.path, reason: $0.reason, advice: $0.advice) }
    }
    turned = all.filter(\.isTurned).map(\.item.path)
    damagedEXIF = all.compactMap { one in one.damage.map { Problem(path: one.item.path, reason: $0) } }
    wrongExtensions = all.compactMap { one in one.mislabel.map { Problem(path: one.item.path, reason: $0) } }
    duplicates = Self.duplicates(all)
    plain = all.filter { $0.fingerprint?.isPlain == true }.map {
      Problem(path: $0.item.path, reason: "is of one colour")
    }
    small = all.compactMap { one in one.problem { min($0.height, $0.width) < Self.fewestPixels } }
    long = all.compactMap { one in
      one.problem { max($0.height, $0.width) > Self.longestSide * min($0.height, $0.width) }
    }
    let filled = sizes.filter { $0 > 0 }
    imbalance = Double(filled.max() ?? 0) / Double(max(1, filled.min() ?? 0))
    emptyClasses = counts.filter { $0.training + $0.validation == 0 }.map(\.name)
    tinyClasses = counts.filter { $0.training < 10 && $0.training + $0.validation > 0 }.map(\.name)
    leftOut = data.training.leftOut
    unlisted = data.training.unlisted
    unread = data.training.unread.kinds
  }

  /// Groups of equal files, then groups of pictures that look alike and are not in one of these together.
  private static func duplicates(_ all: [Examined]) -> [Duplicates] {
    let byContent = Dictionary(grouping: all.indices.filter { all[$0].digest != nil }) {
      all[$0].digest ?? ""
    }
    let equal = byContent.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    // One of each content stands for all of it.
    let distinct = byContent.values.compactMap(\.first).sorted().filter {
      all[$0].fingerprint?.isTelling == true
    }
    var near: [[Int]] = []
    var taken: Set<Int> = []
    for (position, index) in distinct.enumerated() where !taken.contains(index) {
      guard let fingerprint = all[index].fingerprint else { continue }
      let alike = distinct[(position + 1)...].filter { other in
        !taken.contains(other)
          && all[other].fingerprint.map { fingerprint.distance(to: $0) <= Fingerprint.nearness } == true
      }
      if !alike.isEmpty { near.append([index] + alike) }
      taken.formUnion(alike)
    }
    return equal.map { group(all, $0, exact: true) } + near.map { group(all, $0, exact: false) }
  }

  private static func group(_ all: [Examined], _ indices: [Int], exact: Bool) -> Duplicates {
    Duplicates(
      paths: indices.map { all[$0].item.path }, exact: exact,
      acrossSplits: Set(indices.map { all[$0].isValidation }).count > 1,
      acrossClasses: Set(indices.map { all[$0].item.labels }).count > 1)
  }
}

/// One picture, looked at.
private struct Examined: Sendable {
  var item: ImageList.Item
  var isValidation: Bool
  var digest: String?
  var fingerprint: Fingerprint?
  var size: PictureSize?
  var failure: FileError?
  var mislabel: String?
  var isTurned = false
  /// Of the EXIF block.
  var damage: String?

  init(_ item: ImageList.Item, isValidation: Bool, exif: Bool) {
    self.item = item
    self.isValidation = isValidation
    do throws(FileError) {
      digest = try Digest.ofFile(item.path)
      fingerprint = try Fingerprint(path: item.path, exif: exif)
      size = try PictureSize(of: item.path)
      let ending = item.path.split(separator: ".").last?.lowercased() ?? ""
      if let format = try PictureFormat(path: item.path), !format.extensions.contains(ending) {
        mislabel = "is a \(format.name), named .\(ending)"
      }
    } catch {
      failure = error
    }
    guard failure == nil else { return }
    do throws(FileError) {
      isTurned = try exifTurns(item.path)
    } catch {
      damage = error.reason
    }
  }

  /// Its size, where that is unusual.
  func problem(_ isUnusual: (PictureSize) -> Bool) -> Diagnosis.Problem? {
    guard let size, isUnusual(size) else { return nil }
    return Diagnosis.Problem(path: item.path, reason: "is \(size.height)×\(size.width) pixels")
  }
}
