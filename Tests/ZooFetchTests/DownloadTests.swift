import Dispatch
import Glibc
import Synchronization
import Testing
import ZooFetch
import ZooSystem

private typealias Response = LoopbackServer.Response
private let file = noise(200_000)

/// What a download does when all goes well, or goes well in the end.
@Suite struct DownloadTests {
  private let folder = Folder()
  private var destination: String { folder.path + "/weights.h5" }

  private func download(
    _ server: LoopbackServer, _ expected: ExpectedFile = ExpectedFile(),
    limits: DownloadLimits = .impatient
  ) throws -> DownloadedFile {
    try Download(server.url(), to: destination, expected: expected, limits: limits).run()
  }

  @Test func fileArrivesWithItsDigests() throws {
    let server = LoopbackServer { request, _ in .file(file, request) }
    defer { server.stop() }
    var progress: [DownloadProgress] = []
    let expected = ExpectedFile(size: file.count, md5: md5(file).uppercased(), sha256: sha256(file))
    let result = try Download(server.url("/a/weights.h5"), to: destination, expected: expected)
      .run { progress.append($0) }
    #expect(result.size == file.count)
    #expect(result.sha256 == sha256(file))
    #expect(result.md5 == md5(file))
    #expect(result.resumedAt == 0 && !result.wasPresent)
    #expect(try folder.contents("weights.h5") == file)
    #expect(folder.names == ["weights.h5"])
    #expect(progress.last?.received == file.count && progress.last?.total == file.count)
    #expect(server.requests.map(\.path) == ["/a/weights.h5"])
  }

  @Test func chunkedFileNeedsNoLength() throws {
    let server = LoopbackServer { _, _ in Response(body: file, isChunked: true) }
    defer { server.stop() }
    #expect(try download(server).size == file.count)
    #expect(try folder.contents("weights.h5") == file)
  }

  @Test func redirectsAreFollowed() throws {
    let server = LoopbackServer { request, index in
      index < 3 ? Response(status: 302, headers: ["Location": "/\(index)"]) : .file(file, request)
    }
    defer { server.stop() }
    #expect(try download(server).sha256 == sha256(file))
  }

  @Test func cutConnectionIsContinued() throws {
    let server = LoopbackServer { request, index in
      let whole = Response.file(file, request)
      return index < 7 ? whole.cut(after: 25_000) : whole
    }
    defer { server.stop() }
    #expect(try download(server).sha256 == sha256(file))
    #expect(server.requests.map(\.rangeStart) == [nil] + (1...7).map { $0 * 25_000 })
    #expect(server.requests.last?.headers["if-range"] == "\"1\"")
  }

  @Test func nextRunContinues() throws {
    var limits = DownloadLimits.impatient
    limits.retries = 0
    let server = LoopbackServer { request, index in
      let whole = Response.file(file, request)
      return index == 0 ? whole.cut(after: 70_000) : whole
    }
    defer { server.stop() }
    #expect(throws: DownloadError.self) { try download(server, limits: limits) }
    #expect(folder.names == ["weights.h5.part", "weights.h5.part.json"])
    let result = try download(server, limits: limits)
    #expect(result.resumedAt == 70_000)
    #expect(result.sha256 == sha256(file))
    #expect(server.requests.map(\.rangeStart) == [nil, 70_000])
    #expect(folder.names == ["weights.h5"])
  }

  /// The newer file must not be glued to the older one's start.
  @Test(arguments: [true, false]) func changedFileStartsAgain(serverKnowsIfRange: Bool) throws {
    let newer = noise(200_000, seed: 2)
    let server = LoopbackServer { request, index in
      if index == 0 { return Response.file(file, tag: "\"old\"", request).cut(after: 60_000) }
      var request = request
      if !serverKnowsIfRange { request.headers["if-range"] = request.rangeStart.map { _ in "\"new\"" } }
      return .file(newer, tag: "\"new\"", request)
    }
    defer { server.stop() }
    #expect(try download(server).sha256 == sha256(newer))
    #expect(server.requests.map(\.rangeStart) == [nil, 60_000] + (serverKnowsIfRange ? [] : [nil]))
  }

  @Test func serverWithoutRangesStartsAgain() throws {
    let server = LoopbackServer { _, index in
      let whole = Response(headers: ["Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"], body: file)
      return index == 0 ? whole.cut(after: 60_000) : whole
    }
    defer { server.stop() }
    #expect(try download(server).sha256 == sha256(file))
    #expect(server.requests.map(\.rangeStart) == [nil, 60_000])
  }

  @Test(arguments: [[:], ["ETag": "W/\"1\""]]) func noVersionNoContinuation(headers: [String: String]) throws
  {
    let server = LoopbackServer { _, index in
      let whole = Response(headers: headers, body: file)
      return index == 0 ? whole.cut(after: 60_000) : whole
    }
    defer { server.stop() }
    #expect(try download(server).sha256 == sha256(file))
    #expect(server.requests.map(\.rangeStart) == [nil, nil])
  }

  /// The part is longer than the file has become.
  @Test func unsatisfiableRangeStartsAgain() throws {
    let server = LoopbackServer { request, index in
      switch index {
      case 0: Response.file(file, request).cut(after: 60_000)
      case 1: Response(status: 416)
      default: .file(file, request)
      }
    }
    defer { server.stop() }
    #expect(try download(server).sha256 == sha256(file))
    #expect(server.requests.count == 3)
  }

  @Test(arguments: [429, 500, 503]) func passingFaultsAreRetried(status: Int) throws {
    let server = LoopbackServer { request, index in
      index < 2 ? Response(status: status, headers: ["Retry-After": "3600"]) : .file(file, request)
    }
    defer { server.stop() }
    #expect(try download(server).sha256 == sha256(file))
    #expect(server.requests.count == 3)
  }

  @Test func partOfAnotherAddressIsNotUsed() throws {
    try folder.write("weights.h5.part", noise(100, seed: 3))
    let note = #"{"url":"http://127.0.0.1:1/weights.h5","validator":"\"1\"","total":200000}"#
    try folder.write("weights.h5.part.json", Array(note.utf8))
    let server = LoopbackServer { request, _ in .file(file, request) }
    defer { server.stop() }
    #expect(try download(server).sha256 == sha256(file))
    #expect(server.requests.map(\.rangeStart) == [nil])
  }

  @Test(arguments: ["", "rubbish", "{\"url\":1}", "null"]) func damagedNoteIsIgnored(note: String) throws {
    try folder.write("weights.h5.part", noise(100, seed: 3))
    try folder.write("weights.h5.part.json", Array(note.utf8))
    let server = LoopbackServer { request, _ in .file(file, request) }
    defer { server.stop() }
    #expect(try download(server).sha256 == sha256(file))
  }

  /// The process ended between the last byte and the new name.
  @Test func completePartIsNotAskedForAgain() throws {
    let server = LoopbackServer { request, _ in .file(file, request) }
    defer { server.stop() }
    try folder.write("weights.h5.part", file)
    let note = "{\"url\":\"\(server.url())\",\"validator\":\"\\\"1\\\"\",\"total\":\(file.count)}"
    try folder.write("weights.h5.part.json", Array(note.utf8))
    #expect(try download(server).sha256 == sha256(file))
    #expect(server.requests.isEmpty)
    #expect(folder.names == ["weights.h5"])
  }

  @Test func presentFileIsKeptWhenItIsAsExpected() throws {
    try folder.write("weights.h5", file)
    let newer = noise(1_000, seed: 4)
    let server = LoopbackServer { request, _ in .file(newer, request) }
    defer { server.stop() }
    #expect(try download(server).wasPresent)
    #expect(server.requests.isEmpty)
    let result = try download(server, ExpectedFile(sha256: sha256(newer)))
    #expect(!result.wasPresent)
    #expect(try folder.contents("weights.h5") == newer)
  }

  @Test func secondDownloadAtTheSameTimeIsRefused() throws {
    let started = DispatchSemaphore(value: 0)
    let finished = DispatchSemaphore(value: 0)
    let outcome = Mutex<String?>(nil)
    let server = LoopbackServer { request, _ in
      started.signal()
      finished.wait()
      return .file(file, request)
    }
    defer { server.stop() }
    let first = Download(server.url(), to: destination, limits: .impatient)
    let done = DispatchGroup()
    DispatchQueue.global().async(group: done) {
      let hash = try? first.run().sha256
      outcome.withLock { $0 = hash }
    }
    started.wait()
    let busy = DownloadError(url: server.url(), reason: .busy(destination + ".part"))
    #expect(throws: busy) { try download(server) }
    finished.signal()
    done.wait()
    #expect(outcome.withLock { $0 } == sha256(file))
  }
}
