import Synchronization
import Testing
import Zoo

/// Several engines in one process do not get in one another's way.
@Suite struct SideBySideTests {
  private let demo: Demo

  init() throws { demo = try Demo() }

  @Test func twoTasksGiveTheSameBytesAsOneAfterTheOther() async throws {
    let whole = try await demo.convert()
    let bases = [
      try await whole.extractor(), try await whole.extractor(.init(layer: "conv_pw_6_relu", pooling: .max)),
    ]
    let pictures = try Demo.pictures(48)
    var expected: [[Float]] = []
    for base in bases { expected.append(try await base.features(of: pictures).values) }
    for _ in 0..<3 {
      async let first = bases[0].features(of: pictures).values
      async let second = bases[1].features(of: pictures).values
      async let again = bases[0].features(of: pictures).values
      #expect(try await [first, second, again] == [expected[0], expected[1], expected[0]])
    }
  }

  @Test func conversionsAndTrainingsRunBesideEachOther() async throws {
    let (one, other) = (try Demo(), try Demo())
    async let first = train(one)
    async let second = train(other)
    let (digests, others) = try await (first, second)
    #expect(digests == others)
    let alone = try await train(try Demo())
    #expect(alone == digests)
  }

  private func train(_ demo: Demo) async throws -> [String] {
    let base = try await demo.convert(ImportRequest(includeTop: false))
    var options = TransferOptions(
      head: try Head("dense:8:relu,dense"), stages: [Stage(LayerSelection("head"), epochs: 2)])
    options.cacheFolder = CacheFolder(demo.path("cache"))
    let data = try Dataset(try demo.classes(8))
    return try await base.train(on: data, options, writing: demo.path("own.zoo")).model.file.digests
  }
}

/// What a progress was told.
final class Told: Sendable {
  private let reports = Mutex<[[Int]]>([])

  var all: [[Int]] { reports.withLock { $0 } }

  func note(_ done: Int, of total: Int) { reports.withLock { $0.append([done, total]) } }
}
