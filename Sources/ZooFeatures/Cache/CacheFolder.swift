import FoundationEssentials
import Glibc
import ZooSystem

/// The folder of feature caches: `$XDG_CACHE_HOME/zoo/features`.
public struct CacheFolder: Sendable {
  /// A file of features.
  public struct Entry: Sendable, Equatable, Codable {
    /// The file's name.
    public var name: String
    /// The file's size.
    public var bytes: Int
    /// Seconds since 1970 at which it was last used.
    public var lastUsed: Int
  }

  /// The folder's path.
  public let path: String

  /// - Parameter path: another folder than the user's own.
  public init(_ path: String? = nil) {
    self.path = path ?? UserFolder.cache.path + "/zoo/features"
  }

  /// The caches, the most recently used first.
  public var entries: [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(".features") }.compactMap { name in
      var status = stat()
      guard stat("\(path)/\(name)", &status) == 0 else { return nil }
      return Entry(name: name, bytes: Int(status.st_size), lastUsed: Int(status.st_mtim.tv_sec))
    }.sorted { ($1.lastUsed, $0.name) < ($0.lastUsed, $1.name) }
  }

  /// Removes what was not used for longest until at most `limit` bytes are left.
  ///
  /// - Returns: what was removed.
  @discardableResult
  public func trim(to limit: Int) -> [Entry] {
    var total = 0
    return entries.filter { entry in
      total += entry.bytes
      return total > limit && unlink("\(path)/\(entry.name)") == 0
    }
  }
}
