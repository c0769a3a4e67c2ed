import Glibc
import ZooFeatures
import ZooSystem

/// Where a verb keeps features: in the user's cache, or, where that is not wanted or not possible, in a folder that goes
/// with the program.
struct FeatureStore {
  static let option = Option.flag(.noCache, "Keep features for this run only, and use none of earlier ones.")

  let folder: CacheFolder
  private let temporary: TemporaryFolder?
  var isTemporary: Bool { temporary != nil }

  /// - Throws: `FileError` when there can be no temporary folder either.
  init(_ context: Context) throws {
    if !context.arguments.has(.noCache), let cache = Self.cache(context.console) {
      (folder, temporary) = (cache, nil)
    } else {
      let temporary = try TemporaryFolder()
      self.temporary = temporary
      folder = CacheFolder(temporary.path)
    }
  }

  /// The user's cache, if it can be written.
  private static func cache(_ console: Console) -> CacheFolder? {
    let cache = CacheFolder()
    do throws(FileError) {
      try createFolder(cache.path)
      guard access(cache.path, W_OK | X_OK) == 0 else { throw FileError(cache.path, failed: "write in") }
      return cache
    } catch {
      console.warn("\(error); features are kept for this run only, as with --no-cache")
      return nil
    }
  }
}
