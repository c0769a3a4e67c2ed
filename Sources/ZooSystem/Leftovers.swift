import Glibc
import Synchronization

/// Files and folders that are there only while the program works. Each is removed by whoever made it; a program
/// that is about to be ended from outside removes them all.
public enum Leftovers {
  private static let paths = Mutex<Set<String>>([])

  /// Makes a file or folder and remembers it, so that no interruption comes in between.
  ///
  /// - Returns: the path that `make` gives.
  @discardableResult
  public static func add<Failure: Error>(_ make: () throws(Failure) -> String) throws(Failure) -> String {
    try paths.withLock { paths throws(Failure) in
      let path = try make()
      paths.insert(path)
      return path
    }
  }

  /// It is gone, or has come to stay.
  public static func forget(_ path: String) { paths.withLock { _ = $0.remove(path) } }

  /// Removes everything half-written, then calls `end`, during which nothing new can be made.
  public static func removeAll(then end: () -> Void) {
    paths.withLock { paths in
      for path in paths where unlink(path) != 0 && errno == EISDIR { TemporaryFolder.remove(path) }
      paths = []
      end()
    }
  }
}
