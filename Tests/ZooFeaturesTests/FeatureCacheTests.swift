import Testing
import ZooFile
import ZooGraph
import ZooSystem

@testable import ZooFeatures

/// What is kept is found again; what is damaged is never used.
@Suite struct FeatureCacheTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func key(
    layer: String = "out_relu", resize: ResizeMode = .bilinear, exif: Bool = false
  ) -> CacheKey {
    CacheKey(
      network: "00", base: "small", layer: layer, preprocessing: .tf, resize: resize, exif: exif,
      shape: .vector(3), version: "test")
  }

  private func id(_ number: UInt8) -> FeatureCache.PictureID { .init(repeating: number, count: 32) }

  private func append(_ cache: FeatureCache, _ number: UInt8, _ row: [Float]) throws {
    try row.withUnsafeBufferPointer { try cache.append(id(number), $0) }
  }

  private func read(_ cache: FeatureCache, _ number: UInt8) -> [Float]? {
    var row = [Float](repeating: 0, count: 3)
    return row.withUnsafeMutableBufferPointer { cache.read(id(number), into: $0) } ? row : nil
  }

  @Test func rowsAreFoundAgainByTheNextRun() throws {
    let cache = try FeatureCache(key(), folder: folder.path)
    try append(cache, 1, [1, 2, 3])
    try append(cache, 2, [4, 5, 6])
    #expect(read(cache, 1) == [1, 2, 3])
    let again = try FeatureCache(key(), folder: folder.path)
    #expect(again.count == 2 && !again.wasRebuilt)
    #expect(read(again, 2) == [4, 5, 6])
    #expect(read(again, 3) == nil)
  }

  @Test func anotherLayerResizeOrOrientationIsAnotherFile() throws {
    try append(try FeatureCache(key(), folder: folder.path), 1, [1, 2, 3])
    #expect(read(try FeatureCache(key(layer: "conv"), folder: folder.path), 1) == nil)
    #expect(read(try FeatureCache(key(resize: .nearest), folder: folder.path), 1) == nil)
    #expect(read(try FeatureCache(key(exif: true), folder: folder.path), 1) == nil)
    #expect(CacheFolder(folder.path).entries.count == 4)
  }

  @Test func twoRunsAtOnceKeepBothsRows() throws {
    let (first, second) = (
      try FeatureCache(key(), folder: folder.path), try FeatureCache(key(), folder: folder.path)
    )
    try append(first, 1, [1, 2, 3])
    try append(second, 2, [4, 5, 6])
    try append(first, 3, [7, 8, 9])
    let third = try FeatureCache(key(), folder: folder.path)
    #expect([1, 2, 3].map { read(third, $0) } == [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    // What one has kept, the other does not keep again.
    let size = try InputFile(third.path).size
    try append(second, 3, [7, 8, 9])
    #expect(try InputFile(third.path).size == size && read(second, 3) == [7, 8, 9])
  }

  /// Every byte of a record flipped: the row is not used, the other is.
  @Test func damagedRowsAreNotUsed() throws {
    let cache = try FeatureCache(key(), folder: folder.path)
    try append(cache, 1, [1, 2, 3])
    try append(cache, 2, [4, 5, 6])
    let good = try InputFile.contents(of: cache.path, limit: 1 << 16)
    for position in (good.count - 48)..<good.count {
      var bytes = good
      bytes[position] ^= 4
      try write(bytes, to: cache.path)
      let damaged = try FeatureCache(key(), folder: folder.path)
      #expect(read(damaged, 2) == nil, "byte \(position)")
      #expect(read(damaged, 1) == [1, 2, 3])
      // Of a picture's identity nobody can say that it is another's.
      #expect(damaged.hasDamage == (position >= good.count - 16))
    }
  }

  @Test func anUnfinishedRowIsCutOffAndWritingGoesOn() throws {
    let cache = try FeatureCache(key(), folder: folder.path)
    try append(cache, 1, [1, 2, 3])
    try append(cache, 2, [4, 5, 6])
    try write(try InputFile.contents(of: cache.path, limit: 1 << 16).dropLast(5), to: cache.path)
    let cut = try FeatureCache(key(), folder: folder.path)
    #expect(read(cut, 1) == [1, 2, 3] && read(cut, 2) == nil)
    try append(cut, 2, [4, 5, 6])
    #expect(read(try FeatureCache(key(), folder: folder.path), 2) == [4, 5, 6])
  }

  @Test func aFileThatMakesNoSenseIsStartedAnew() throws {
    let path = try FeatureCache(key(), folder: folder.path).path
    try write(Array("something else, longer than the head of a cache would be. ".utf8)[...], to: path)
    let rebuilt = try FeatureCache(key(), folder: folder.path)
    #expect(rebuilt.wasRebuilt && rebuilt.count == 0)
    #expect(try !FeatureCache(key(), folder: folder.path).wasRebuilt)
  }

  @Test func theLeastRecentlyUsedGoFirst() throws {
    for layer in ["a", "b"] {
      try append(try FeatureCache(key(layer: layer), folder: folder.path), 1, [1, 2, 3])
    }
    let caches = CacheFolder(folder.path)
    let size = caches.entries.reduce(0) { $0 + $1.bytes }
    #expect(caches.trim(to: size).isEmpty)
    #expect(caches.trim(to: size - 1).count == 1)
    #expect(caches.entries.count == 1)
    #expect(caches.trim(to: 0).count == 1 && caches.entries.isEmpty)
  }

  private func write(_ bytes: some Collection<UInt8>, to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(Array(bytes))
    try file.commit()
  }
}
