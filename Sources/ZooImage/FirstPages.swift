import Synchronization

/// The files with several pictures, of which the first has been loaded since the program's start: so that it can be said
/// once, and not by every picture.
public enum FirstPages {
  private static let noted = Mutex<Set<String>>([])

  /// In the order of their names.
  public static var paths: [String] { noted.withLock { $0 }.sorted(by: precedes) }

  static func note(_ path: String) {
    noted.withLock { _ = $0.insert(path) }
  }
}
