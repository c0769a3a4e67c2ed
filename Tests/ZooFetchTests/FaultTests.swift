import Glibc
import Testing
import ZooFetch
import ZooSystem

private typealias Response = LoopbackServer.Response
private let file = noise(100_000)

/// What a download says when it cannot be done, and what it leaves behind.
@Suite struct FaultTests {
  private let folder = Folder()

  /// - Returns: why the download failed.
  private func failure(
    _ url: String, _ expected: ExpectedFile = ExpectedFile(), limits: DownloadLimits = .impatient
  ) -> DownloadError.Reason? {
    let download = Download(url, to: folder.path + "/weights.h5", expected: expected, limits: limits)
    do throws(DownloadError) {
      _ = try download.run()
      return nil
    } catch {
      #expect(!"\(error)".contains("\n"))
      return error.reason
    }
  }

  private func failure(
    _ expected: ExpectedFile = ExpectedFile(), limits: DownloadLimits = .impatient,
    _ respond: @escaping @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Response
  ) -> DownloadError.Reason? {
    let server = LoopbackServer(respond)
    defer { server.stop() }
    return failure(server.url(), expected, limits: limits)
  }

  @Test func missingFileIsNotRetried() {
    let server = LoopbackServer { _, _ in Response(status: 404) }
    defer { server.stop() }
    #expect(failure(server.url()) == .status(404))
    #expect(server.requests.count == 1)
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: [204, 206, 304, 403, 501]) func otherAnswersAreRefused(status: Int) {
    let reason = failure { _, _ in Response(status: status) }
    #expect(reason == (status == 206 ? .rangeNotHonoured : .status(status)))
  }

  @Test func lastingFaultEndsTheRetries() {
    let server = LoopbackServer { _, _ in Response(status: 503) }
    defer { server.stop() }
    #expect(failure(server.url()) == .status(503))
    #expect(server.requests.count == 1 + DownloadLimits.impatient.retries)
  }

  @Test func dropAtTheSamePlaceEndsTheRetries() {
    let server = LoopbackServer { _, _ in Response(body: file).cut(after: 30_000) }
    defer { server.stop() }
    #expect(failure(server.url()) == .cutOff(received: 30_000, expected: 100_000))
    #expect(server.requests.count == 1 + DownloadLimits.impatient.retries)
    #expect(folder.names == ["weights.h5.part", "weights.h5.part.json"])
  }

  @Test func lengthThatIsTooLongIsACutOff() {
    let reason = failure { request, _ in
      request.rangeStart == nil
        ? Response(headers: ["ETag": "\"1\""], body: file, declaredLength: 100_001)
        : Response(
          status: 206, headers: ["ETag": "\"1\"", "Content-Range": "bytes 100000-100000/100001"],
          declaredLength: 1)
    }
    #expect(reason == .cutOff(received: 100_000, expected: 100_001))
  }

  @Test func lengthThatIsTooShortIsAWrongHash() {
    let start = Array(file.prefix(500))
    let reason = failure(ExpectedFile(md5: md5(file))) { _, _ in Response(body: file, declaredLength: 500) }
    #expect(reason == .wrongHash(.md5, expected: md5(file), found: md5(start)))
  }

  @Test func chunksThatEndEarlyAreACutOff() {
    let reason = failure { _, _ in
      var response = Response(body: file, isChunked: true)
      response.sent = 50_000
      response.end = .cut
      return response
    }
    #expect(reason == .cutOff(received: 50_000, expected: nil))
  }

  @Test func emptyFileIsNotTriedAgain() {
    let server = LoopbackServer { _, _ in Response() }
    defer { server.stop() }
    #expect(failure(server.url()) == .empty)
    #expect(server.requests.count == 1)
    #expect(folder.names.isEmpty)
  }

  @Test func wrongHashLeavesNothing() {
    let expected = sha256(noise(10))
    let reason = failure(ExpectedFile(sha256: expected)) { request, _ in .file(file, request) }
    #expect(reason == .wrongHash(.sha256, expected: expected, found: sha256(file)))
    #expect(folder.names.isEmpty)
  }

  @Test func wrongSizeIsRefused() {
    let reason = failure(ExpectedFile(size: 99_999)) { request, _ in .file(file, request) }
    #expect(reason == .tooLarge(100_000, limit: 99_999))
    let shorter = failure(ExpectedFile(size: 100_001)) { request, _ in .file(file, request) }
    #expect(shorter == .wrongSize(expected: 100_001, found: 100_000))
  }

  @Test(arguments: [["Content-Type": "text/html; charset=utf-8"], [:]])
  func webPageIsNotTheFile(headers: [String: String]) {
    let page = Array("\n<!DOCTYPE html><html><body>Please log in</body></html>".utf8)
    let reason = failure(ExpectedFile(md5: md5(file))) { _, _ in Response(headers: headers, body: page) }
    #expect(reason == .webPage)
    #expect(folder.names.isEmpty)
  }

  @Test func hugeDeclaredLengthIsRefused() {
    let reason = failure { _, _ in Response(body: file, declaredLength: 1 << 40) }
    #expect(reason == .tooLarge(1 << 40, limit: 4 << 30))
    #expect(folder.names.isEmpty)
  }

  @Test func undeclaredLengthEndsAtTheLimit() throws {
    var limits = DownloadLimits.impatient
    limits.maximumSize = 40_000
    let reason = failure(limits: limits) { _, _ in Response(body: file, isChunked: true) }
    guard case .tooLarge(let size, limit: 40_000) = reason else {
      Issue.record("found \(String(describing: reason))")
      return
    }
    #expect(size > 40_000)
    #expect(try folder.contents("weights.h5.part").count <= 40_000)
  }

  @Test func silentServerIsLeft() throws {
    var limits = DownloadLimits.impatient
    limits.retries = 0
    limits.stalling = .seconds(3)
    let reason = failure(limits: limits) { _, _ in
      Response(headers: ["ETag": "\"1\""], body: file, sent: 300, end: .silence)
    }
    #expect(reason == .stalled(seconds: 3))
    #expect(try folder.contents("weights.h5.part") == Array(file.prefix(300)))
  }

  @Test func redirectLoopEnds() {
    #expect(
      failure { _, _ in Response(status: 301, headers: ["Location": "/again"]) } == .tooManyRedirects)
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1/"])
  func redirectsStayOnTheWeb(location: String) {
    let reason = failure { _, _ in Response(status: 302, headers: ["Location": location]) }
    #expect(reason == .forbiddenRedirect)
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/a", "", "weights", "http://", "http://a b/"])
  func onlyTheWebIsAsked(url: String) {
    #expect(failure(url) == .invalidURL)
    #expect(folder.names.isEmpty)
  }

  @Test func absentServerIsNamedAtOnce() {
    let port = ClosedPort()
    guard case .unreachable(let detail) = failure(port.url) else {
      Issue.record("should not be reachable")
      return
    }
    #expect(detail.contains("127.0.0.1"))
  }

  /// A name that is too long for any server of names, so that none is waited for.
  @Test func unknownHostIsNamed() {
    let host = String(repeating: "a", count: 64) + ".invalid"
    guard case .unreachable(let detail) = failure("http://\(host)/weights.h5") else {
      Issue.record("should not be found")
      return
    }
    #expect(detail.contains(host))
  }

  @Test func serverWithoutTLSIsInsecure() {
    let server = LoopbackServer { _, _ in Response() }
    defer { server.stop() }
    guard case .insecure = failure("https" + server.url().dropFirst(4)) else {
      Issue.record("should have no secure connection")
      return
    }
  }

  @Test func foldersMustExist() {
    let download = Download("http://127.0.0.1:1/", to: folder.path + "/none/weights.h5")
    #expect {
      try download.run()
    } throws: { "\($0)".contains("/none/weights.h5.part: cannot write: No such file or directory") }
  }

  /// A link could lead the bytes anywhere.
  @Test func partThatIsALinkIsRefused() throws {
    symlink("/dev/null", folder.path + "/weights.h5.part")
    guard case .file(let error) = failure("http://127.0.0.1:1/") else {
      Issue.record("should not be written to")
      return
    }
    #expect(error.path.hasSuffix("weights.h5.part"))
  }

  /// It does not wait for the server, nor for the time of another attempt; the next run goes on.
  @Test(arguments: [false, true]) func aCancelledDownloadStopsAndIsContinued(betweenAttempts: Bool)
    async throws
  {
    let server = LoopbackServer { request, index in
      var response = Response.file(file, request)
      if index == 0 { (response.sent, response.end) = (30_000, betweenAttempts ? .cut : .silence) }
      return response
    }
    defer { server.stop() }
    var limits = DownloadLimits.impatient
    limits.firstDelay = .seconds(600)
    limits.longestDelay = .seconds(600)
    let download = Download(server.url(), to: folder.path + "/weights.h5", limits: limits)
    let reached = AsyncStream<Void>.makeStream()
    let task = Task {
      try await LongWork.run {
        try download.run(
          progress: { if $0.received == 30_000, !betweenAttempts { reached.continuation.yield() } },
          retrying: { _, _ in reached.continuation.yield() })
      }
    }
    for await _ in reached.stream { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(folder.names == ["weights.h5.part", "weights.h5.part.json"])
    let whole = try await LongWork.run { try download.run() }
    #expect(whole.resumedAt == 30_000 && whole.sha256 == sha256(file))
  }
}
