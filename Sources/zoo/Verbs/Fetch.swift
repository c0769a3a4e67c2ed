import Glibc
import ZooFetch
import ZooFile
import ZooKeras
import ZooPlugin
import ZooSystem

/// `zoo fetch`: the published weights of a base, downloaded and converted.
enum Fetch: Verb {
  static let synopsis = Synopsis(
    name: "fetch", arguments: "BASE",
    summary: "Download the weights that Keras publishes for a base, and convert them.",
    details: """
      The result goes to $XDG_DATA_HOME/zoo/models, and BASE stands for it where a MODEL is asked for. A download
      that was interrupted is continued. Its hash must be the one that Keras publishes; where there is none,
      the SHA-256 is recorded the first time and must be the same later. Proxies are used as curl does
      (https_proxy, no_proxy).

      \(FetchOrder.mirrorVariable) replaces
      \(FetchOrder.publishers[0]) and
      \(FetchOrder.publishers[1]), for mirrors.
      """,
    options: [
      .flag(.noTop, "The network without its classifier."),
      .value(.output, short: "-o", "OUT.zoo", "Where to write."),
      .value(.url, "URL", "Another address to download from; no published hash applies to it."),
      .flag(.force, "Also when the converted file is there already."),
      .flag(.compress, "Smaller file, slower to open."),
      .flag(.json, "The report as JSON."),
    ])

  static func run(_ context: Context) throws {
    let registry = try context.registry()
    let order = try FetchOrder(context.arguments, registry)
    try checkModelOutput(order.output)
    if ModelStore.exists(order.output), !context.arguments.has(.force) {
      try order.checkWhatIsAtHand()
      return try show(FetchOutcome(order), context)
    }
    try order.prepareFolders()
    let file = try download(order, context.console)
    let report = try convert(file, order, context, registry)
    if !order.hashIsPublished { try DownloadCache.record(sha256: file.sha256, of: file.path) }
    unlink(file.path)
    try show(FetchOutcome(order, file, report), context)
  }

  private static func download(_ order: FetchOrder, _ console: Console) throws -> DownloadedFile {
    let recorded = order.hashIsPublished ? nil : try DownloadCache.recordedSHA256(of: order.download)
    let expected = ExpectedFile(md5: order.md5, sha256: order.sha256 ?? recorded)
    let bar = DownloadBar(console)
    defer { bar.finish() }
    do throws(DownloadError) {
      return try Download(order.url, to: order.download, expected: expected).run(
        progress: { bar.show($0) },
        retrying: { error, delay in
          bar.finish()
          console.warn("\(error.url): \(error.reason.text); trying again in \(delay.components.seconds) s")
        })
    } catch {
      // Only an empty folder can be removed so.
      rmdir(order.downloadFolder)
      throw Failure(explained(error, order))
    }
  }

  private static func explained(_ error: DownloadError, _ order: FetchOrder) -> String {
    if case .wrongHash(.sha256, let expected, let found) = error.reason, !order.hashIsPublished {
      let record = DownloadCache.recordPath(of: order.download)
      return "\(error.url): has changed since it was first fetched: expected SHA-256 \(expected), found "
        + "\(found); if that is meant, remove '\(record)' and fetch again"
    }
    guard error.reason.isAboutTheWay else { return "\(error)" }
    return "\(error), or download it in a browser and run 'zoo convert FILE'"
  }

  /// A download that is not what it should be is removed, as it would be used again otherwise.
  private static func convert(
    _ file: DownloadedFile, _ order: FetchOrder, _ context: Context, _ registry: Registry
  ) throws -> ImportReport {
    var request = try ImportRequest(context.arguments)
    request.base = order.base.name
    request.includeTop = order.includeTop
    do {
      let conversion = try KerasImport(file.path, request, registry: registry)
      return try Convert.write(conversion, to: order.output, context)
    } catch let error as FileError where error.path == file.path {
      unlink(file.path)
      throw Failure("\(order.url): \(error.reason); the download was removed: check the address")
    }
  }

  private static func show(_ outcome: FetchOutcome, _ context: Context) throws {
    if context.arguments.has(.json) {
      try context.printJSON(outcome)
    } else {
      context.console.report(outcome.text)
    }
    for warning in outcome.conversion?.warnings ?? [] {
      context.console.warn("\(outcome.output): \(warning)")
    }
  }
}

/// What is to be fetched from where to where.
struct FetchOrder {
  static let publishers = [
    "https://storage.googleapis.com/tensorflow/keras-applications",
    "https://storage.googleapis.com/keras-applications",
  ]
  static let mirrorVariable = "ZOO_FETCH_BASE_URL"

  var base: Base
  var includeTop: Bool
  var url: String
  /// As Keras publishes them: one of the two, or neither.
  var md5, sha256: String?
  var hashIsPublished: Bool { md5 != nil || sha256 != nil }
  /// Where the download goes.
  var download: String
  /// Where the converted file goes.
  var output: String

  init(_ arguments: Arguments, _ registry: Registry) throws {
    base = try registry.base(named: try arguments.single("BASE"))
    includeTop = !arguments.has(.noTop)
    output = arguments.string(.output) ?? ModelStore().path(of: base.name, includeTop: includeTop)
    if let given = arguments.string(.url) {
      url = given
      download = DownloadCache().path(of: given, isPublished: false)
      return
    }
    guard let published = base.published.first(where: { [includeTop] in $0.includeTop == includeTop }) else {
      let top = includeTop ? "with top" : "without top"
      throw Failure("\(base.name): no weights \(top) are published; give their address with --url")
    }
    url = Self.mirrored(published.url)
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

  var downloadFolder: String {
    download.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  }

  /// - Throws: `FileError` when the file that is there already is something else.
  func checkWhatIsAtHand() throws {
    let model = try ZooFile(output).model
    guard model.base != base.name || model.includeTop != includeTop else { return }
    let found = "\(model.base ?? model.graph.name) \(model.includeTop ? "with" : "without") top"
    throw FileError(output, "holds \(found)", advice: "write to another file, or replace it with --force")
  }

  /// - Throws: `FileError` when one of the files could not be written in the end.
  func prepareFolders() throws {
    let store = ModelStore()
    if output == store.path(of: base.name, includeTop: includeTop) { try createFolder(store.folder) }
    try createFolder(downloadFolder)
    _ = try AtomicFile(output)
  }
}

/// What came of it.
private struct FetchOutcome: Encodable {
  var base: String
  var includeTop: Bool
  var output: String
  /// The converted file was there already, and nothing was done.
  var wasAtHand: Bool
  var url: String?
  var bytes: Int?
  var resumedAt: Int?
  var sha256: String?
  /// Whether the hash that Keras publishes was there to compare with.
  var hashIsPublished: Bool?
  var conversion: ImportReport?

  init(_ order: FetchOrder) {
    base = order.base.name
    includeTop = order.includeTop
    output = order.output
    wasAtHand = true
  }

  init(_ order: FetchOrder, _ file: DownloadedFile, _ report: ImportReport) {
    self.init(order)
    wasAtHand = false
    url = order.url
    bytes = file.size
    resumedAt = file.resumedAt
    sha256 = file.sha256
    hashIsPublished = order.hashIsPublished
    conversion = report
  }

  /// For people.
  var text: String {
    guard let conversion, let url, let bytes, let resumedAt else {
      return "\(output): is at hand already; --force fetches it again"
    }
    let resumed = resumedAt > 0 ? ", continued at \(resumedAt.grouped)" : ""
    let hash =
      hashIsPublished == true
      ? "is the one that Keras publishes"
      : "none is published; SHA-256 recorded, to be compared with the next time"
    return conversion.text + """

        fetched  \(url), \(bytes.grouped) bytes\(resumed)
        hash     \(hash)
        removed  the download, now that it is converted
      """
  }
}

/// A progress bar that begins when the size is known.
private final class DownloadBar {
  private let console: Console
  private var bar: ProgressBar?
  private var shown = 0

  init(_ console: Console) {
    self.console = console
  }

  func show(_ progress: DownloadProgress) {
    let done = progress.received
    if let bar {
      bar.advance(by: done - shown)
    } else {
      bar = console.progress("fetch", total: progress.total ?? 0, unit: .bytes, from: done)
    }
    shown = done
  }

  func finish() {
    bar?.finish()
    bar = nil
  }
}
