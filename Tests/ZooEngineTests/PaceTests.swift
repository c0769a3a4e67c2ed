import Testing
import ZooGraph
import ZooSystem

@testable import ZooEngine

@Suite struct PaceTests {
  /// Which ways were taken in `count` runs on a machine where they take so long.
  private func ways(_ pace: inout Pace, _ count: Int, oneThread: Double, allThreads: Double) -> [Pace.Way] {
    (0..<count).map { _ in
      let way = pace.next
      pace.note(way, milliseconds: way == .oneThread ? oneThread : allThreads)
      return way
    }
  }

  @Test func triesBothAndTakesTheFaster() {
    var pace = Pace()
    let quiet = ways(&pace, 500, oneThread: 6, allThreads: 3)
    #expect(quiet.prefix(5) == [.oneThread, .oneThread, .allThreads, .allThreads, .allThreads])
    #expect(quiet.filter { $0 == .oneThread }.count < 8)
  }

  /// The first run of each way takes longer, as its memory is new.
  @Test func theFirstRunDoesNotCount() {
    var pace = Pace()
    var known: Set<Pace.Way> = []
    let taken = (0..<14).map { _ in
      let way = pace.next
      let isFirst = known.insert(way).inserted
      pace.note(way, milliseconds: way == .oneThread ? (isFirst ? 50 : 6) : (isFirst ? 100 : 3))
      return way
    }
    #expect(taken.suffix(10).allSatisfy { $0 == .allThreads })
  }

  @Test func noticesThatTheMachineGetsBusyAndQuietAgain() {
    var pace = Pace()
    _ = ways(&pace, 50, oneThread: 6, allThreads: 3)
    let busy = ways(&pace, 200, oneThread: 7, allThreads: 400)
    #expect(busy.filter { $0 == .allThreads }.count < 12)
    let quiet = ways(&pace, 600, oneThread: 6, allThreads: 3)
    #expect(quiet.suffix(100).allSatisfy { $0 == .allThreads })
  }
}

@Suite struct WaysTests {
  private func network(units: Int) throws -> ResolvedGraph {
    let g = GraphBuilder("test")
    return try g.build(output: g.dense(g.input(.vector(1_000)), "dense", units)).resolved()
  }

  @Test func onlyWhatPaysIsMade() throws {
    let small = try network(units: 10)
    let large = try network(units: 100_000)
    func ways(_ graph: ResolvedGraph, _ batch: Int, _ threads: Int, sumsAlike: Bool = true) -> [Int] {
      let ways = Ways(graph, maximumBatch: batch, threads: threads, sumsAlike: sumsAlike)
      return [ways.together, ways.several, ways.single]
    }
    #expect(ways(small, 1, 1) == [0, 0, 1])
    #expect(ways(small, 1, 2) == [1, 0, 1])
    #expect(ways(small, 2, 2) == [0, 0, 1])
    #expect(ways(small, 16, 1) == [0, 2, 1])
    #expect(ways(small, 16, 2) == [0, 2, 1])
    #expect(ways(large, 1, 2) == [1, 0, 0])
    #expect(ways(large, 3, 2) == [0, 0, 1])
    #expect(ways(large, 16, 2) == [4, 0, 1])
    #expect(ways(large, 16, 1) == [0, 0, 1])
    #expect(ways(large, 16, 2, sumsAlike: false) == [0, 0, 1])
  }

  /// Pictures that run one by one need no copies for concatenations of whole blocks.
  @Test func concatenationsAreRunOneByOne() throws {
    func several(channels: Int) throws -> Int {
      let g = GraphBuilder("test")
      let x = g.input(.map(8, 8, channels))
      let graph = try g.build(output: g.concatenate("gathered", x, g.conv2D(x, "conv", channels, kernel: 1)))
      return try Ways(graph.resolved(), maximumBatch: 16, threads: 2, sumsAlike: true).several
    }
    #expect(try several(channels: 32) == 0)
    #expect(try several(channels: 20) == 2)
  }

  /// A network of the size in which all threads work on four pictures together, or side by side when they are fewer:
  /// which of the two a picture meets must not show, down to the last bit.
  @Test(arguments: [false, true], [2, 6])
  func largeNetworksGiveTheSameInEachWay(isTuned: Bool, threads: Int) throws {
    func network(units: Int) throws -> ResolvedGraph {
      let g = GraphBuilder("large")
      var x = g.conv2D(g.input(.map(20, 18, 24)), "wide", 64, kernel: 3, padding: .same, activation: .relu)
      x = g.conv2D(g.conv2D(x, "deep", 80, kernel: 3), "narrow", 32, kernel: 1)
      x = g.conv2D(g.depthwiseConv2D(x, "depthwise", kernel: 3, strides: 2), "small", 48, kernel: 3)
      return try g.build(output: g.dense(g.globalAveragePooling2D(x, "pool"), "dense", units)).resolved()
    }
    let folder = try TemporaryFolder()
    let graph = try network(units: 200_000)
    #expect(Ways(graph, maximumBatch: 8, threads: threads).together == (OneDNN.sumsAlike ? 4 : 0))
    let engine = try Engine(
      graph, weights: TestWeights(try network(units: 1), seed: 3), outputs: ["pool"], maximumBatch: 8,
      options: EngineOptions(
        threads: threads, tuning: isTuned ? Tuning(path: folder.path + "/tuning.json") : nil))
    let four = pictures(graph.inputShape, count: 4)
    let results = try engine.run(
      (0..<6).flatMap { _ in four } + four.prefix(four.count / 4 * 3), count: 27)[0]
    for picture in 4..<27 {
      let (first, same) = (picture % 4 * 48, picture * 48)
      #expect(results[first..<first + 48].elementsEqual(results[same..<same + 48]), "picture \(picture)")
    }
  }

  /// A plan for several pictures touches much of a workspace, so it should not spread over all of them.
  @Test func workspacesGoBackToWhoUsedThem() throws {
    let plan = Plan(batch: 1, threads: 1, steps: [], arena: try ArenaPlan([]), constants: [])
    let workspaces = try Workspaces(for: [plan], on: .shared())
    let (small, large) = (Runner(plan, in: workspaces), Runner(plan, in: workspaces))
    let first = try workspaces.take(for: large)
    let second = try workspaces.take(for: small)
    #expect(first !== second)
    _ = try first.session(of: large)
    for workspace in [first, second] { _ = try workspace.session(of: small) }
    for _ in 0..<2 {
      workspaces.giveBack(first)
      workspaces.giveBack(second)
      #expect(try workspaces.take(for: large) === first)
      #expect(try workspaces.take(for: small) === second)
    }
  }
}
