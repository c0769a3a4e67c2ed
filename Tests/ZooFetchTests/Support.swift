import Glibc
import ZooFetch
import ZooSystem

/// A folder that is gone with this object.
final class Folder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/zoo-fetch-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }

  deinit { system("rm -rf '\(path)'") }

  /// The names of the files in it.
  var names: [String] { Self.names(in: path) }

  static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names.filter { $0 != "." && $0 != ".." }.sorted()
  }

  func contents(_ name: String) throws -> [UInt8] {
    try InputFile.contents(of: "\(path)/\(name)", limit: 1 << 24)
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = try AtomicFile("\(path)/\(name)")
    try file.write(bytes)
    try file.commit()
  }
}

/// Bytes without a period that a shifted copy could hide in.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
}

func sha256(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { Digest.of($0) } }

func md5(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { Digest.of($0, .md5) } }

extension DownloadLimits {
  /// Without noticeable waits between attempts.
  static var impatient: DownloadLimits {
    var limits = DownloadLimits()
    limits.connecting = .seconds(60)
    limits.stalling = .seconds(60)
    limits.firstDelay = .milliseconds(1)
    limits.longestDelay = .milliseconds(4)
    return limits
  }
}
