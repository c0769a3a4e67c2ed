import ZooFetch

/// Why a model is not at hand, or cannot be fetched. One line, made for a person to read.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Neither a file nor a base; with the nearest names.
  case unknownModel(String, String)
  /// A base whose weights have not been fetched.
  case notAtHand(String)
  /// A model of another format than Keras', which is converted by request only.
  case needsConversion(String)
  /// Keras publishes no such weights of the base.
  case notPublished(base: String, includeTop: Bool)
  /// The download failed.
  case download(DownloadError)
  /// A file that no hash is published of is another one than the first time; the record of its SHA-256 is in a file.
  case changed(url: String, expected: String, found: String, record: String)
  /// What was downloaded is no model, and was removed.
  case unusable(url: String, reason: String)

  public var description: String {
    switch self {
    case .unknownModel(let name, let unknown): "\(name): no such file, and \(unknown)"
    case .notAtHand(let base):
      "\(base): no converted weights at hand; run 'zoo fetch \(base)' or 'zoo convert FILE'"
    case .needsConversion(let path): "\(path): is no .zoo file; run 'zoo convert \(path)' first"
    case .notPublished(let base, let includeTop):
      "\(base): no weights \(includeTop ? "with top" : "without top") are published; give their address with --url"
    case .download(let error):
      error.reason.isAboutTheWay
        ? "\(error), or download it in a browser and run 'zoo convert FILE'" : error.description
    case .changed(let url, let expected, let found, let record):
      "\(url): has changed since it was first fetched: expected SHA-256 \(expected), found \(found); "
        + "if that is meant, remove '\(record)' and fetch again"
    case .unusable(let url, let reason):
      "\(url): \(reason); the download was removed: check the address"
    }
  }
}
