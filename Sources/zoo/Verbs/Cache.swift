import ZooFeatures
import ZooSystem

/// `zoo cache`: the features kept on disk.
enum Cache: Verb {
  static let synopsis = Synopsis(
    name: "cache", arguments: "",
    summary: "Show the features kept on disk, or clear them.",
    details: "They are found again by network, layer, resize method and the picture's content.",
    options: [
      .flag(.clear, "Remove them all."),
      .value(.limit, "SIZE", "Remove the least recently used beyond SIZE: 500M, 10G."),
      .flag(.json, "As an object, for programs."),
    ])

  private struct Listing: Encodable {
    var folder: String
    var bytes: Int
    var entries: [CacheFolder.Entry]
    var removed: [CacheFolder.Entry]
  }

  static func run(_ context: Context) throws {
    guard context.arguments.positionals.isEmpty else { throw UsageError("takes no arguments") }
    let limit = try context.arguments.bytes(.limit)
    let folder = CacheFolder()
    let removed = (context.arguments.has(.clear) ? 0 : limit).map { folder.trim(to: $0) } ?? []
    let entries = folder.entries
    let listing = Listing(
      folder: folder.path, bytes: entries.reduce(0) { $0 + $1.bytes }, entries: entries, removed: removed)
    if context.arguments.has(.json) { return try context.printJSON(listing) }
    let rows = entries.map { [$0.name, $0.bytes.grouped] }
    if !rows.isEmpty { context.console.print(table(["features", "bytes"], rows, right: [1])) }
    let gone = removed.isEmpty ? "" : "; removed \(removed.count)"
    context.console.print("\(folder.path): \(entries.count) files, \(listing.bytes.grouped) bytes\(gone)")
  }
}

extension Arguments {
  /// A number of bytes: `4096`, `500M`, `10G`.
  func bytes(_ setting: Setting) throws(UsageError) -> Int? {
    guard let text = string(setting) else { return nil }
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    let unit = text.last.flatMap { units[Character($0.uppercased())] }
    let (value, overflow) = (Int(unit == nil ? text : String(text.dropLast())) ?? -1)
      .multipliedReportingOverflow(by: unit ?? 1)
    guard value >= 0, !overflow else {
      throw UsageError("\(setting) needs a size such as 4096, 500M or 10G, found '\(text)'")
    }
    return value
  }

  /// A number from 0 to 1, exclusive.
  func fraction(_ setting: Setting) throws(UsageError) -> Double? {
    guard let text = string(setting) else { return nil }
    guard let value = Double(text), value > 0, value < 1 else {
      throw UsageError("\(setting) needs a number between 0 and 1, found '\(text)'")
    }
    return value
  }
}
