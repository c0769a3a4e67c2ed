import Glibc
import ZooFetch
import ZooFile
import ZooKeras
import ZooPlugin
import ZooSystem

/// The published weights of a base, to be downloaded, checked and converted.
///
/// A download that was interrupted is continued. Its hash must be the one that is published; where there is none, the
/// SHA-256 is recorded the first time and must be the same later.
public struct BaseFetch: Sendable {
  /// What happens on the way.
  public enum Event: Sendable {
    /// Bytes have arrived.
    case downloading(DownloadProgress)
    /// The download failed, and is tried again after some time.
    case retrying(DownloadError, after: Duration)
    /// The bytes of the tensors that are written, and how many there will be.
    case converting(done: Int, total: Int)
  }

  /// The addresses below which Keras publishes weights. The environment variable ``mirrorVariable`` replaces them.
  public static let publishers = [
    "https://storage.googleapis.com/tensorflow/keras-applications",
    "https://storage.googleapis.com/keras-applications",
  ]
  /// The environment variable with the address of a mirror.
  public static let mirrorVariable = "ZOO_FETCH_BASE_URL"

  /// The base whose weights they are.
  public let base: Base
  /// With its classifier.
  public let includeTop: Bool
  /// Where they are downloaded from.
  public let url: String
  /// Where the converted file goes.
  public let output: String
  /// Smaller file, slower to open.
  public var compress = false
  /// As Keras publishes them: one of the two, or neither.
  let md5, sha256: String?
  /// Where the download goes.
  let download: String

  /// - Parameters:
  ///   - url: another address to download from; no published hash applies to it.
  ///   - output: where to write the converted file; by default into the store of models.
  /// - Throws: ``StoreError`` where nothing is published and no address given.
  public init(
    _ base: Base, includeTop: Bool = true, url: String? = nil, output: String? = nil
  ) throws(StoreError) {
    self.base = base
    self.includeTop = includeTop
    self.output = output ?? ModelStore().path(of: base.name, includeTop: includeTop)
    if let url {
      self.url = url
      (md5, sha256) = (nil, nil)
      download = DownloadCache().path(of: url, isPublished: false)
      return
    }
    guard let published = base.published.first(where: { $0.includeTop == includeTop }) else {
      throw .notPublished(base: base.name, includeTop: includeTop)
    }
    self.url = Self.mirrored(published.url)
    md5 = published.md5
    sha256 = published.sha256
    download = DownloadCache().path(of: published.url, isPublished: true)
  }

  private static func mirrored(_ url: String) -> String {
    guard let mirror = environment(mirrorVariable),
      let publisher = publishers.first(where: { url.hasPrefix($0 + "/") })
    else { return url }
    return (mirror.hasSuffix("/") ? String(mirror.dropLast()) : mirror) + url.dropFirst(publisher.count)
  }

  /// Downloads and converts, unless the converted file is at hand.
  ///
  /// - Parameters:
  ///   - replacing: also when it is at hand.
  ///   - report: told of everything that happens.
  /// - Throws: ``StoreError``; `FileError` when a file cannot be written, or the one at hand is something else;
  ///   `CancellationError` in a task that is cancelled: what has arrived is then kept for the next time, and no
  ///   converted file appears.
  public func run(
    registry: Registry, replacing: Bool = false, report: @escaping (Event) -> Void = { _ in }
  ) throws -> FetchReport {
    if ModelStore.exists(output), !replacing {
      try checkWhatIsAtHand()
      return FetchReport(self)
    }
    try prepareFolders()
    let file = try receive(report)
    let conversion = try convert(file, registry, report)
    if !hashIsPublished { try DownloadCache.record(sha256: file.sha256, of: file.path) }
    unlink(file.path)
    return FetchReport(self, file, conversion)
  }

  var hashIsPublished: Bool { md5 != nil || sha256 != nil }

  /// - Throws: `FileError` when the file that is there already is something else.
  private func checkWhatIsAtHand() throws(FileError) {
    let model = try ZooFile(output).model
    guard model.base != base.name || model.includeTop != includeTop else { return }
    let found = "\(model.base ?? model.graph.name) \(model.includeTop ? "with" : "without") top"
    throw FileError(output, "holds \(found)", advice: "write to another file, or replace it with --force")
  }

  /// - Throws: `FileError` when one of the files could not be written in the end.
  private func prepareFolders() throws(FileError) {
    let store = ModelStore()
    if output == store.path(of: base.name, includeTop: includeTop) { try createFolder(store.folder) }
    try createFolder(downloadFolder)
    _ = try AtomicFile(output)
  }

  private var downloadFolder: String {
    download.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  }

  private func receive(_ report: @escaping (Event) -> Void) throws -> DownloadedFile {
    let recorded = hashIsPublished ? nil : try DownloadCache.recordedSHA256(of: download)
    let expected = ExpectedFile(md5: md5, sha256: sha256 ?? recorded)
    do throws(DownloadError) {
      return try Download(url, to: download, expected: expected).run(
        progress: { report(.downloading($0)) },
        retrying: { error, delay in report(.retrying(error, after: delay)) })
    } catch {
      // Only an empty folder can be removed so.
      rmdir(downloadFolder)
      if case .wrongHash(.sha256, let expected, let found) = error.reason, !hashIsPublished {
        let record = DownloadCache.recordPath(of: download)
        throw StoreError.changed(url: error.url, expected: expected, found: found, record: record)
      }
      throw StoreError.download(error)
    }
  }

  /// A download that is not what it should be is removed, as it would be used again otherwise.
  private func convert(
    _ file: DownloadedFile, _ registry: Registry, _ report: (Event) -> Void
  ) throws -> ImportReport {
    let request = ImportRequest(base: base.name, includeTop: includeTop, compress: compress)
    do {
      let conversion = try KerasImport(file.path, request, registry: registry)
      let total = conversion.byteCount
      var done = 0
      return try conversion.write(to: output) { bytes in
        done += bytes
        report(.converting(done: done, total: total))
      }
    } catch let error as FileError where error.path == file.path {
      unlink(file.path)
      throw StoreError.unusable(url: url, reason: error.reason)
    }
  }
}
