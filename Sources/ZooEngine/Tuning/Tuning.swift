import FoundationEssentials
import Glibc
import Synchronization
import ZooSystem

/// Which implementation of each convolution is the fastest on this machine: measured once, then remembered in
/// a file, by processor, oneDNN's version and threads.
public final class Tuning: Sendable {
  /// Whether what is not known yet is measured; otherwise it is left to the static choice.
  let measures: Bool
  private let path: String
  private let choices: Mutex<Choices>

  private struct Choices: Sendable {
    /// Machine → convolution → implementation, of every machine in the file.
    var machines: [String: [String: String]]
    var isChanged = false
  }

  /// The cache file's contents.
  private struct Contents: Codable {
    var version: Int
    var machines: [String: [String: String]]
  }

  /// Another one where there is other code to choose from, so that what won before is measured again.
  private static let version = 2
  private static let largestFile = 16 << 20

  /// What is remembered in the file at `path`. A file that is missing or not understood counts as empty: it
  /// is only a cache.
  ///
  /// - Parameter measures: whether what is not known yet is measured. That takes some tenths of a second for a
  ///   network.
  public init(path: String = Tuning.defaultPath, measures: Bool = true) {
    self.path = path
    self.measures = measures
    let bytes = (try? InputFile.contents(of: path, limit: Self.largestFile)) ?? []
    let contents = try? JSONDecoder().decode(Contents.self, from: Data(bytes))
    choices = Mutex(Choices(machines: contents?.version == Self.version ? contents?.machines ?? [:] : [:]))
  }

  /// Where choices are remembered by default: `$XDG_CACHE_HOME/zoo/tuning.json`.
  public static var defaultPath: String { UserFolder.cache.path + "/zoo/tuning.json" }

  /// Writes what has been measured since, if anything.
  ///
  /// - Throws: `FileError` where the folder cannot be made or the file not written.
  public func save() throws(FileError) {
    let (machines, isChanged) = choices.withLock { ($0.machines, $0.isChanged) }
    guard isChanged else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let bytes: Data
    do {
      bytes = try encoder.encode(Contents(version: Self.version, machines: machines))
    } catch {
      throw FileError(path, "cannot be written: \(error)")
    }
    if let slash = path.lastIndex(of: "/") { try createFolder(String(path[..<slash])) }
    let file = try AtomicFile(path)
    try file.write([UInt8](bytes))
    try file.commit()
    choices.withLock { $0.isChanged = false }
  }

  /// The implementation that won for `convolution` earlier.
  func winner(for convolution: String) -> String? {
    choices.withLock { $0.machines[Self.machine]?[convolution] }
  }

  func remember(_ implementation: String, for convolution: String) {
    choices.withLock {
      $0.machines[Self.machine, default: [:]][convolution] = implementation
      $0.isChanged = true
    }
  }

  /// The processor as the kernel names it, and what runs on it.
  private static let machine = "\(Machine.processorName ?? "unknown processor"), oneDNN \(OneDNN.version)"
}
