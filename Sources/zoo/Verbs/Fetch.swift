import ZooFetch
import ZooKeras
import ZooStore
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

      \(BaseFetch.mirrorVariable) replaces
      \(BaseFetch.publishers[0]) and
      \(BaseFetch.publishers[1]), for mirrors.
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
    let arguments = context.arguments
    let registry = try context.registry()
    var fetch = try BaseFetch(
      try registry.base(named: try arguments.single("BASE")), includeTop: !arguments.has(.noTop),
      url: arguments.string(.url), output: arguments.string(.output))
    fetch.compress = arguments.has(.compress)
    try checkModelOutput(fetch.output)
    let (download, conversion) = (LateBar("fetch", context.console), LateBar("convert", context.console))
    defer {
      download.finish()
      conversion.finish()
    }
    let report = try fetch.run(registry: registry, replacing: arguments.has(.force)) { event in
      switch event {
      case .downloading(let progress): download.show(progress.received, of: progress.total ?? 0)
      case .retrying(let error, let delay):
        download.finish()
        context.console.warn(
          "\(error.url): \(error.reason.text); trying again in \(delay.components.seconds) s")
      case .converting(let done, let total):
        download.finish()
        conversion.show(done, of: total)
      }
    }
    conversion.finish()
    try show(report, context)
  }

  private static func show(_ report: FetchReport, _ context: Context) throws {
    if context.arguments.has(.json) {
      try context.printJSON(report)
    } else {
      context.console.report(report.text)
    }
    for warning in report.conversion?.warnings ?? [] {
      context.console.warn("\(report.output): \(warning)")
    }
  }
}

extension FetchReport {
  /// For people.
  fileprivate var text: String {
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
