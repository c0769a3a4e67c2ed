import ZooGraph
import ZooSystem

extension FeatureExtractor {
  /// Writes the features of all pictures into a file, whose ending is its format. Without success no file appears.
  ///
  /// - Parameters:
  ///   - skipBad: leave out pictures that cannot be read, instead of throwing.
  ///   - shown: what the file is to call a picture, from its path.
  ///   - progress: called with the number of pictures done since the last call.
  /// - Returns: the pictures that were left out.
  /// - Throws: `FileError` for an unknown ending, when the file cannot be written, and for the first bad picture unless
  ///   `skipBad`; ``NoReadablePicture`` where none is left.
  public func write(
    _ pictures: Pictures, to path: String, skipBad: Bool = false,
    shown: (String?) -> String? = { $0 }, progress: (Int) -> Void = { _ in }
  ) throws -> [BadPicture] {
    let file = try FeatureFormat(path: path).create(path, shape: shape, FeatureTagKinds(pictures))
    let size = shape.elementCount ?? 0
    var written = 0
    let skipped = try forEachBatch(of: pictures, skipBad: skipBad) { indices, rows in
      for (place, index) in indices.enumerated() {
        var tags = pictures.tags(index)
        tags.path = shown(tags.path)
        try file.append(
          UnsafeBufferPointer(rebasing: rows[(place * size)..<((place + 1) * size)]), tags)
      }
      written += indices.count
      progress(indices.count)
    }
    guard written > 0 else { throw NoReadablePicture(skipped: skipped) }
    try file.finish()
    return skipped
  }

  /// The features of all pictures, in memory.
  ///
  /// - Parameters:
  ///   - skipBad: leave out pictures that cannot be read, instead of throwing.
  ///   - progress: called with the number of pictures done since the last call.
  /// - Throws: `FileError` for the first bad picture unless `skipBad`; ``NoReadablePicture`` where none is left.
  public func features(
    of pictures: Pictures, skipBad: Bool = false, progress: (Int) -> Void = { _ in }
  ) throws -> FeatureMatrix {
    var matrix = FeatureMatrix(
      values: [], width: shape.elementCount ?? 0, indices: [], skipped: [], computed: 0)
    matrix.skipped = try forEachBatch(of: pictures, skipBad: skipBad) { indices, features in
      matrix.values += features
      matrix.indices += indices
      progress(indices.count)
    }
    matrix.computed = matrix.count
    guard matrix.count > 0 else { throw NoReadablePicture(skipped: matrix.skipped) }
    return matrix
  }
}
