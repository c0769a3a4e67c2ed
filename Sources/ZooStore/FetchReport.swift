import ZooFetch
import ZooKeras

/// What came of a fetch; for programs as JSON.
public struct FetchReport: Sendable, Encodable {
  /// The base's name.
  public let base: String
  /// With its classifier.
  public let includeTop: Bool
  /// The converted file.
  public let output: String
  /// The converted file was there already, and nothing was done.
  public let wasAtHand: Bool
  /// Where it was downloaded from.
  public private(set) var url: String?
  /// Of the download.
  public private(set) var bytes: Int?
  /// How many of them an earlier run had left.
  public private(set) var resumedAt: Int?
  /// Of the download, in lower-case hexadecimal.
  public private(set) var sha256: String?
  /// Whether the hash that Keras publishes was there to compare with.
  public private(set) var hashIsPublished: Bool?
  /// What the conversion did.
  public private(set) var conversion: ImportReport?

  init(_ fetch: BaseFetch) {
    self.init(fetch, wasAtHand: true)
  }

  init(_ fetch: BaseFetch, _ file: DownloadedFile, _ report: ImportReport) {
    self.init(fetch, wasAtHand: false)
    url = fetch.url
    bytes = file.size
    resumedAt = file.resumedAt
    sha256 = file.sha256
    hashIsPublished = fetch.hashIsPublished
    conversion = report
  }

  private init(_ fetch: BaseFetch, wasAtHand: Bool) {
    base = fetch.base.name
    includeTop = fetch.includeTop
    output = fetch.output
    self.wasAtHand = wasAtHand
  }
}
