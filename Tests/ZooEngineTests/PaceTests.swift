import Testing

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
