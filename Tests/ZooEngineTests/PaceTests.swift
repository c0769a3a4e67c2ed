import Testing
import ZooGraph

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
    #expect(quiet.prefix(3) == [.oneThread, .allThreads, .allThreads])
    #expect(quiet.filter { $0 == .oneThread }.count < 8)
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
    func ways(_ graph: ResolvedGraph, _ batch: Int, _ threads: Int) -> [Bool] {
      let ways = Ways(graph, maximumBatch: batch, threads: threads)
      return [ways.wide, ways.narrow, ways.several]
    }
    #expect(ways(small, 1, 1) == [false, true, false])
    #expect(ways(small, 1, 2) == [true, true, false])
    #expect(ways(small, 2, 2) == [false, true, false])
    #expect(ways(small, 16, 2) == [false, true, true])
    #expect(ways(large, 1, 2) == [true, false, false])
    #expect(ways(large, 16, 2) == [false, true, false])
    #expect(ways(large, 16, 1) == [false, true, false])
  }
}
