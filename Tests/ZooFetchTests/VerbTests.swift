import Dispatch
import Glibc
import Testing
import ZooHDF5
import ZooSystem

private typealias Response = LoopbackServer.Response

/// `zoo fetch` as a person runs it.
@Suite struct VerbTests: Sendable {
  private let folder = Folder()
  private var zooFile: String { "data/zoo/models/mobilenet_0.25_128.zoo" }
  private let name = "mobilenet_2_5_128_tf.h5"

  /// Runs `zoo fetch`, with the publisher replaced by the server.
  ///
  /// - Parameter prefix: shell commands before it.
  private func fetch(
    _ arguments: String, from server: LoopbackServer, prefix: String = ""
  ) throws -> (code: Int32, out: String, err: String) {
    try zoo("fetch \(arguments)", from: server, prefix: prefix)
  }

  private func zoo(
    _ arguments: String, from server: LoopbackServer, prefix: String = ""
  ) throws -> (code: Int32, out: String, err: String) {
    let program = try programFolder() + "/zoo"
    let status = system(
      """
      cd '\(folder.path)'; \(prefix)
      export XDG_DATA_HOME="$PWD/data" XDG_CACHE_HOME="$PWD/cache" ZOO_FETCH_BASE_URL='\(server.url("/mirror/"))'
      exec '\(program)' \(arguments) >out 2>err
      """)
    let texts = try ["out", "err"].map { String(decoding: try folder.contents($0), as: UTF8.self) }
    return (status >> 8 & 0xFF, texts[0], texts[1])
  }

  private func exists(_ path: String) -> Bool { access("\(folder.path)/\(path)", F_OK) == 0 }

  private func isOneLine(_ text: String) -> Bool { text.filter { $0 == "\n" }.count == 1 }

  @Test func fetchedBaseIsAtHand() throws {
    let weights = try demoBase()
    let server = LoopbackServer { request, _ in .file(weights, request) }
    defer { server.stop() }
    let first = try fetch("mobilenet_0.25_128", from: server)
    #expect(first.code == 0 && first.err.isEmpty, "\(first.err)")
    #expect(first.out.contains("unused   none"))
    #expect(first.out.contains("SHA-256 recorded"))
    #expect(server.requests.map(\.path) == ["/mirror/mobilenet/\(name)"])
    #expect(exists(zooFile))
    #expect(!exists("cache/zoo/downloads/\(name)"))
    let record = String(decoding: try folder.contents("cache/zoo/downloads/\(name).sha256"), as: UTF8.self)
    #expect(record == "\(sha256(weights))  \(name)\n")

    let second = try fetch("mobilenet_0.25_128", from: server)
    #expect(second.code == 0 && second.out.contains("is at hand already"))
    #expect(server.requests.count == 1)

    // The name stands for the file.
    let verified = try zoo("verify mobilenet_0.25_128", from: server)
    #expect(verified.code == 0 && verified.out.contains("\(zooFile): 137 tensors"), "\(verified)")
    #expect(try zoo("info mobilenet_0.25_128", from: server).out.contains(zooFile))
  }

  /// Only a file that is what was asked for counts as at hand.
  @Test func anotherFileIsNotTakenForTheModel() throws {
    let weights = try demoBase()
    let server = LoopbackServer { request, _ in .file(weights, request) }
    defer { server.stop() }
    let other = "\(try programFolder())/zoo convert '\(demoPath)' --no-top -o other.zoo --quiet;"
    let refused = try fetch("mobilenet_0.25_128 -o other.zoo", from: server, prefix: other)
    #expect(refused.code == 1 && refused.err.contains("other.zoo: holds mobilenet_0.25_128 without top"))
    let text = try fetch("mobilenet_0.25_128 -o text.zoo", from: server, prefix: "echo hi > text.zoo;")
    #expect(text.code == 1 && text.err.contains("text.zoo: is a text file, not a .zoo file"), "\(text)")
    #expect(server.requests.isEmpty)
  }

  /// Trust on first use, where no hash is published.
  @Test func fileThatChangedSinceIsRefused() throws {
    let weights = try demoBase()
    let server = LoopbackServer { request, index in .file(weights + (index == 0 ? [] : [0]), request) }
    defer { server.stop() }
    #expect(try fetch("mobilenet_0.25_128", from: server).code == 0)
    let before = try folder.contents(zooFile)
    let second = try fetch("mobilenet_0.25_128 --force", from: server)
    #expect(second.code == 1 && isOneLine(second.err))
    #expect(
      second.err.contains("has changed since it was first fetched: expected SHA-256 \(sha256(weights))"))
    #expect(try folder.contents(zooFile) == before)
  }

  @Test func publishedHashDecides() throws {
    let server = LoopbackServer { request, _ in .file(noise(5_000), request) }
    defer { server.stop() }
    let run = try fetch("vgg16 --no-top", from: server)
    #expect(run.code == 1 && isOneLine(run.err))
    #expect(run.err.contains("has the wrong MD5: expected ") && run.err.contains(md5(noise(5_000))))
    #expect(!exists("data/zoo/models/vgg16_no_top.zoo"))
    let left = Folder.names(in: folder.path + "/cache/zoo/downloads")
    #expect(left.isEmpty)
  }

  @Test func otherAddressNeedsNoPublishedHash() throws {
    let weights = try demoBase()
    let server = LoopbackServer { request, _ in .file(weights, request) }
    defer { server.stop() }
    let url = server.url("/mine.h5?key=1")
    let run = try fetch("mobilenet_0.25_128 --url '\(url)' -o mine.zoo --json", from: server)
    #expect(run.code == 0, "\(run.err)")
    #expect(run.out.contains("\"url\" : \"\(url)\""))
    #expect(exists("mine.zoo") && !exists(zooFile))
  }

  /// Without a hash, the conversion finds out. What cannot be used is not kept to be used again.
  @Test(arguments: [
    ("<!DOCTYPE html><html>", "is a web page"), ("version https://git-lfs", "is a Git LFS pointer"),
    ("Not found", "is a text file"),
  ])
  func somethingElseIsRemoved(text: String, reason: String) throws {
    let server = LoopbackServer { request, _ in .file(Array(text.utf8), request) }
    defer { server.stop() }
    let run = try fetch("mobilenet_0.25_128 --no-top", from: server)
    #expect(run.code == 1 && isOneLine(run.err))
    #expect(run.err.contains(server.url("/mirror/")) && run.err.contains(reason))
    #expect(Folder.names(in: folder.path + "/cache/zoo/downloads").isEmpty)
  }

  @Test func failureSaysWhatElseHelps() throws {
    let server = LoopbackServer { _, _ in Response(status: 404) }
    defer { server.stop() }
    let run = try fetch("resnet50", from: server)
    #expect(run.code == 1 && isOneLine(run.err))
    #expect(run.err.contains("HTTP status 404") && run.err.contains("run 'zoo convert FILE'"))
  }

  @Test(arguments: [("nonet", Int32(1)), ("resnet50 vgg16", 2), ("", 2), ("resnet50 -o none/out.zoo", 1)])
  func nothingIsDownloadedInVain(arguments: String, code: Int32) throws {
    let server = LoopbackServer { _, _ in Response(status: 404) }
    defer { server.stop() }
    let run = try fetch(arguments, from: server)
    #expect(run.code == code && isOneLine(run.err))
    #expect(server.requests.isEmpty)
  }

  /// A limit on the size of files stands for a disk that is full.
  @Test func fullDiskIsReported() throws {
    let server = LoopbackServer { request, _ in .file(noise(300_000), request) }
    defer { server.stop() }
    let run = try fetch("resnet50", from: server, prefix: "trap '' XFSZ; ulimit -f 100")
    #expect(run.code == 1 && isOneLine(run.err))
    #expect(run.err.contains(".h5.part: cannot write: "))
    #expect(server.requests.count == 1)
  }

  @Test func killedRunIsContinued() throws {
    let weights = try demoBase()
    let server = LoopbackServer { request, index in
      var response = Response.file(weights, request)
      if index == 0 { (response.sent, response.end) = (100_000, .silence) }
      return response
    }
    defer { server.stop() }
    let running = DispatchGroup()
    DispatchQueue.global().async(group: running) {
      _ = try? fetch("mobilenet_0.25_128", from: server, prefix: "echo $$ >pid")
    }
    let part = "cache/zoo/downloads/\(name).part"
    var patience = 6_000
    while patience > 0, (try? folder.contents(part))?.count != 100_000 {
      usleep(10_000)
      patience -= 1
    }
    let text = String(decoding: try folder.contents("pid"), as: UTF8.self)
    let process = try #require(pid_t(text.filter(\.isNumber)))
    kill(process, SIGKILL)
    running.wait()
    #expect(exists(part) && !exists(zooFile))

    let second = try fetch("mobilenet_0.25_128", from: server)
    #expect(second.code == 0, "\(second.err)")
    #expect(second.out.contains("continued at 100,000"))
    #expect(exists(zooFile) && !exists(part))
  }
}

/// Where this build's programs are.
private func programFolder() throws -> String {
  let helper = try HDF5Helper().locate()
  return String(helper.prefix(upTo: helper.lastIndex(of: "/") ?? helper.startIndex))
}

/// The small base that the repository carries; it takes the place of a published one here.
private let demoPath =
  "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/zoo/demo_mobilenet_0.25_128.h5"

private func demoBase() throws -> [UInt8] {
  try InputFile.contents(of: demoPath, limit: 1 << 24)
}
