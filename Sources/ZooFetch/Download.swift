import Glibc
import ZooSystem

/// A file to be downloaded over http or https.
///
/// The bytes go to `<destination>.part`; only a complete file whose hash is right gets its name. What arrived
/// before an interruption is continued by the next run, unless the file on the server has changed since.
public struct Download: Sendable {
  /// Of http or https.
  public var url: String
  /// Where the complete file goes.
  public var destination: String
  /// What the file must be, where it is known.
  public var expected: ExpectedFile
  /// How long to wait, how much to take.
  public var limits: DownloadLimits

  /// - Parameter expected: what the file must be, where it is known.
  public init(
    _ url: String, to destination: String, expected: ExpectedFile = ExpectedFile(),
    limits: DownloadLimits = DownloadLimits()
  ) {
    self.url = url
    self.destination = destination
    self.expected = expected
    self.limits = limits
  }

  /// Downloads the file, unless it is at its destination already and as expected. Blocks until that is done.
  ///
  /// - Parameters:
  ///   - progress: called for each piece that arrived.
  ///   - retrying: called before each wait for another attempt.
  /// - Throws: `DownloadError`. What has arrived is kept for the next run, unless it cannot be of use.
  public func run(
    progress: @escaping (DownloadProgress) -> Void = { _ in },
    retrying: (DownloadError, Duration) -> Void = { _, _ in }
  ) throws(DownloadError) -> DownloadedFile {
    do throws(DownloadError.Reason) {
      if let present = try presentFile() { return present }
      let part = try PartialFile(for: destination)
      let start = part.canResume(url) ? part.size : 0
      try receive(part, progress, retrying)
      let digests = try check(part)
      try part.commit()
      return DownloadedFile(path: destination, size: part.size, digests, resumedAt: start)
    } catch {
      throw DownloadError(url: url, reason: error)
    }
  }

  private func presentFile() throws(DownloadError.Reason) -> DownloadedFile? {
    guard access(destination, F_OK) == 0 else { return nil }
    let file = try reading { () throws(FileError) in try InputFile(destination) }
    let digests = try reading { () throws(FileError) in try Digests(of: file) }
    guard expected.difference(size: file.size, digests) == nil else { return nil }
    return DownloadedFile(
      path: destination, size: file.size, digests, resumedAt: file.size, wasPresent: true)
  }

  /// One attempt after another, until the file is complete or trying does not help any more.
  private func receive(
    _ part: PartialFile, _ progress: @escaping (DownloadProgress) -> Void,
    _ retrying: (DownloadError, Duration) -> Void
  ) throws(DownloadError.Reason) {
    var furthest = part.size
    var failures = 0
    var hasReceived = false
    while true {
      let transfer = Transfer(self, part, progress)
      do throws(DownloadError.Reason) {
        return try transfer.run()
      } catch {
        hasReceived = hasReceived || transfer.hasReceived
        failures = part.size > furthest ? 1 : failures + 1
        furthest = max(furthest, part.size)
        guard error.isTransient(hasReceived: hasReceived), failures <= limits.retries else { throw error }
        if error == .rangeNotHonoured { try part.restart(nil) }
        let delay = limits.delay(beforeRetry: failures, asked: transfer.retryAfter)
        retrying(DownloadError(url: url, reason: error), delay)
        try Self.sleep(delay)
      }
    }
  }

  /// In short naps, so that a task that is cancelled does not wait to the end.
  private static func sleep(_ time: Duration) throws(DownloadError.Reason) {
    let end = ContinuousClock.now + time
    while true {
      guard !Task.isCancelled else { throw .cancelled }
      let left = end - .now
      guard left > .zero else { return }
      usleep(UInt32(min(left, .milliseconds(50)) / .microseconds(1)))
    }
  }

  /// - Throws: the first thing that is not as expected; the partial file is then gone.
  private func check(_ part: PartialFile) throws(DownloadError.Reason) -> Digests {
    let file = try reading { () throws(FileError) in try InputFile(part.path) }
    let digests = try reading { () throws(FileError) in try Digests(of: file) }
    guard let difference = expected.difference(size: part.size, digests) else { return digests }
    let isWebPage = try reading { () throws(FileError) in try file.looksLikeWebPage() }
    part.discard()
    throw isWebPage ? .webPage : difference
  }
}

/// What is known about a file before it is downloaded.
public struct ExpectedFile: Sendable, Equatable {
  /// Bytes.
  public var size: Int?
  /// In hexadecimal.
  public var md5: String?
  /// In hexadecimal.
  public var sha256: String?

  /// Hashes are hexadecimal, in capital or small letters.
  public init(size: Int? = nil, md5: String? = nil, sha256: String? = nil) {
    self.size = size
    self.md5 = md5?.lowercased()
    self.sha256 = sha256?.lowercased()
  }

  func difference(size found: Int, _ digests: Digests) -> DownloadError.Reason? {
    if let size, size != found { return .wrongSize(expected: size, found: found) }
    if let sha256, sha256 != digests.sha256 {
      return .wrongHash(.sha256, expected: sha256, found: digests.sha256)
    }
    if let md5, md5 != digests.md5 { return .wrongHash(.md5, expected: md5, found: digests.md5) }
    return nil
  }
}

/// How long to wait, how often to try, how much to take.
public struct DownloadLimits: Sendable {
  /// Bytes.
  public var maximumSize = 4 << 30
  /// Until a connection stands.
  public var connecting = Duration.seconds(20)
  /// How long next to nothing may arrive (fewer than 100 bytes a second); whole seconds.
  public var stalling = Duration.seconds(30)
  /// How many attempts in a row may bring nothing new after the first.
  public var retries = 4
  /// Before the first retry; twice as long before each further one.
  public var firstDelay = Duration.seconds(1)
  /// Before any retry.
  public var longestDelay = Duration.seconds(30)

  /// What suits files of some hundred megabytes.
  public init() {}

  /// - Parameter asked: seconds the server asked to be left alone.
  func delay(beforeRetry retry: Int, asked: Int) -> Duration {
    let doubled = firstDelay * (1 << min(max(0, retry - 1), 16))
    return min(longestDelay, max(doubled, .seconds(min(max(0, asked), 3_600))))
  }
}

/// How far a download is.
public struct DownloadProgress: Sendable, Equatable {
  /// Bytes at hand, those of earlier runs included.
  public var received: Int
  /// Bytes of the whole file, where the server says so.
  public var total: Int?
}

/// A complete file.
public struct DownloadedFile: Sendable, Equatable {
  /// Where it is.
  public var path: String
  /// Bytes.
  public var size: Int
  /// Lower-case hexadecimal.
  public var sha256: String
  /// Lower-case hexadecimal.
  public var md5: String
  /// Bytes that an earlier run had left.
  public var resumedAt: Int
  /// Whether nothing had to be downloaded.
  public var wasPresent: Bool

  init(path: String, size: Int, _ digests: Digests, resumedAt: Int, wasPresent: Bool = false) {
    self.path = path
    self.size = size
    sha256 = digests.sha256
    md5 = digests.md5
    self.resumedAt = resumedAt
    self.wasPresent = wasPresent
  }
}
