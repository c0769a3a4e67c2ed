import ZooSystem

/// The folder of downloads: `$XDG_CACHE_HOME/zoo/downloads`. Files are there until they are converted; the
/// SHA-256 of those that no hash is published of stays, and is what a later download must have.
struct DownloadCache {
  let folder: String

  init() {
    folder = UserFolder.cache.path + "/zoo/downloads"
  }

  /// Where the file at `url` goes, under the name it has there.
  ///
  /// - Parameter isPublished: names of published files are unique; others get a folder for each address.
  func path(of url: String, isPublished: Bool) -> String {
    let address = url.prefix { $0 != "?" && $0 != "#" }
    let last = address.split(separator: "/").last ?? ""
    let name = String(last.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) })
    let safe = name.allSatisfy { $0 == "." } ? "weights.h5" : String(name.suffix(200))
    if isPublished { return "\(folder)/\(safe)" }
    return "\(folder)/\(Array(url.utf8).withUnsafeBytes { Digest.of($0) }.prefix(16))/\(safe)"
  }

  /// The record of a file's SHA-256, as `sha256sum` writes it.
  static func recordPath(of path: String) -> String { path + ".sha256" }

  /// - Returns: `nil` when there is no record.
  /// - Throws: `FileError` when there is one that cannot be read.
  static func recordedSHA256(of path: String) throws -> String? {
    let record = recordPath(of: path)
    guard ModelStore.exists(record) else { return nil }
    let text = String(decoding: try InputFile.contents(of: record, limit: 4_096), as: UTF8.self)
    let hash = text.prefix { !$0.isWhitespace }
    guard hash.count == 64, hash.allSatisfy(\.isHexDigit) else {
      throw FileError(record, "is not the record of a SHA-256", advice: "remove it")
    }
    return String(hash)
  }

  static func record(sha256: String, of path: String) throws {
    let file = try AtomicFile(recordPath(of: path))
    try file.write("\(sha256)  \(path.split(separator: "/").last ?? "")\n")
    try file.commit()
  }
}
