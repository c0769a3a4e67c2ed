import Synchronization
import ZooGraph
import ZooImage
import ZooSystem

/// Features of many pictures in memory.
public struct FeatureMatrix: Sendable {
  /// Row by row, each `width` values.
  public var values: [Float]
  /// Values of a row.
  public var width: Int
  /// The place of each row's picture in the list.
  public var indices: [Int]
  /// Pictures that could not be read.
  public var skipped: [BadPicture]
  /// How many rows were computed, not found in the cache.
  public var computed: Int

  /// The number of rows.
  public var count: Int { indices.count }

  /// The values of one row.
  public func row(_ position: Int) -> ArraySlice<Float> {
    values[(position * width)..<((position + 1) * width)]
  }
}

extension FeatureExtractor {
  /// The features of all pictures of a list, those in the cache from there, and new ones into it.
  ///
  /// - Parameters:
  ///   - decoding: how the pictures are read.
  ///   - cache: of this extractor's network, layer and way to decode.
  ///   - progress: called with the number of pictures done since the last call.
  /// - Throws: `FileError` for the first bad picture unless `skipBad`, or when the disk is full.
  public func features(
    of list: ImageList, _ decoding: Pictures.Decoding, cache: FeatureCache, skipBad: Bool = false,
    progress: (Int) -> Void = { _ in }
  ) throws -> FeatureMatrix {
    let width = shape.elementCount ?? 0
    var rows = [[Float]?](repeating: nil, count: list.items.count)
    var missing: [Int] = []
    let (ids, unreadable) = try list.contentIDs()
    if let first = unreadable.first, !skipBad { throw FileError(first.path, first.reason) }
    for (index, id) in ids.enumerated() {
      guard let id else { continue }
      var row = [Float](repeating: 0, count: width)
      if row.withUnsafeMutableBufferPointer({ cache.read(id, into: $0) }) {
        rows[index] = row
      } else {
        missing.append(index)
      }
    }
    progress(list.items.count - missing.count)

    var rest = list
    rest.items = missing.map { list.items[$0] }
    let skipped = try forEachBatch(of: .files(rest, decoding), skipBad: skipBad) {
      positions, features in
      for (place, position) in positions.enumerated() {
        let row = UnsafeBufferPointer(rebasing: features[(place * width)..<((place + 1) * width)])
        rows[missing[position]] = Array(row)
        if let id = ids[missing[position]] { try cache.append(id, row) }
      }
      progress(positions.count)
    }
    let indices = rows.indices.filter { rows[$0] != nil }
    return FeatureMatrix(
      values: indices.flatMap { rows[$0] ?? [] }, width: width, indices: indices,
      skipped: unreadable
        + skipped.map { BadPicture(index: missing[$0.index], path: $0.path, reason: $0.reason) },
      computed: missing.count - skipped.count)
  }
}

extension ImageList {
  /// SHA-256 of each file, on all cores; `nil` where it cannot be read.
  ///
  /// - Throws: `CancellationError` in a task that is cancelled.
  public func contentIDs() throws(CancellationError) -> (
    ids: [FeatureCache.PictureID?], unreadable: [BadPicture]
  ) {
    let ids = Mutex([FeatureCache.PictureID?](repeating: nil, count: items.count))
    let unreadable = Mutex<[BadPicture]>([])
    try Threads.forEachWhileWanted(items.count) { index in
      let path = items[index].path
      do throws(FileError) {
        let digest = try Digest.ofFile(path)
        ids.withLock { $0[index] = pictureID(digest) }
      } catch {
        unreadable.withLock { $0.append(BadPicture(index: index, path: path, reason: error.reason)) }
      }
    }
    return (ids.withLock { $0 }, unreadable.withLock { $0.sorted { $0.index < $1.index } })
  }
}

/// The identity that a hexadecimal SHA-256 stands for.
public func pictureID(_ hexadecimal: String) -> FeatureCache.PictureID {
  let digits = hexadecimal.utf8.map { $0 <= 57 ? $0 - 48 : $0 - 87 }
  return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
