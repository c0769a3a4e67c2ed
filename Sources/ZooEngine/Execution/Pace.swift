/// Decides whether one picture is run with all threads or with one.
///
/// All threads are faster on a quiet machine. Where another program keeps one of the processors busy, the
/// threads wait for each other at every layer, which can cost a hundred times more than it gains (measured:
/// MobileNetV2 430 ms instead of 7 ms). So both ways are timed now and then, and the faster one is taken.
struct Pace: Sendable, Equatable {
  enum Way: Sendable, Hashable, CaseIterable {
    case oneThread, allThreads

    var other: Way { self == .oneThread ? .allThreads : .oneThread }
  }

  private var milliseconds: [Way: Double] = [:]
  private var runs: [Way: Int] = [:]
  private var runsSinceProbe = 0
  /// After how many runs the slower way gets another try; grows as it stays the slower one.
  private var patience = 16

  private static let longestPatience = 1_024

  /// How to run the next picture. Each way is tried twice, as the first time is slower: its memory is new.
  var next: Way {
    for way in Way.allCases where runs[way, default: 0] < 2 { return way }
    let (one, all) = (milliseconds[.oneThread] ?? 0, milliseconds[.allThreads] ?? 0)
    let faster: Way = all <= one ? .allThreads : .oneThread
    return runsSinceProbe >= patience ? faster.other : faster
  }

  /// Notes how long a picture took. Recent runs count: an estimate follows slower runs by and by.
  mutating func note(_ way: Way, milliseconds time: Double) {
    let isProbe = way == next && runsSinceProbe >= patience
    let before = milliseconds[way] ?? time
    runs[way, default: 0] += 1
    milliseconds[way] = isProbe ? time : time < before ? time : before + (time - before) / 8
    guard isProbe else {
      runsSinceProbe += 1
      return
    }
    runsSinceProbe = 0
    let other = milliseconds[way.other] ?? time
    patience = time > other ? min(patience * 2, Self.longestPatience) : 16
  }
}
