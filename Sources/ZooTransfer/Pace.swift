/// How long something takes here, told by runs of it that were timed.
struct Pace: Sendable, Equatable {
  /// How long an early run takes, the median one, a late one; `nil` where they tell too little.
  private let quartiles: SIMD3<Double>?

  /// Of one run; `nil` where that is not known.
  var seconds: Double? {
    quartiles.flatMap { $0[2] <= $0[0] * Self.widestSpread ? $0[1] : nil }
  }

  /// Where one run in four takes this much longer than another one in four, something else keeps the machine busy, and
  /// the next ones may take any time.
  static let widestSpread = 1.5
  /// Fewer runs tell nothing; two that took long do.
  static let fewestRuns = 3
  static let longEnough = 1.0

  /// The median.
  init(_ runs: [Double]) {
    let sorted = runs.sorted()
    let total = runs.reduce(0, +)
    guard sorted.count >= Self.fewestRuns || (sorted.count == 2 && total >= Self.longEnough) else {
      quartiles = nil
      return
    }
    let (early, late) = (sorted[sorted.count / 4], sorted[sorted.count - 1 - sorted.count / 4])
    let median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    quartiles = SIMD3(early, median, late)
  }

  private init(quartiles: SIMD3<Double>?) { self.quartiles = quartiles }

  /// One after the other. What differs much but weighs little does not make the whole unknown.
  static func + (first: Pace, second: Pace) -> Pace {
    Pace(quartiles: first.quartiles.flatMap { first in second.quartiles.map { first + $0 } })
  }

  /// So many runs.
  static func * (count: Double, pace: Pace) -> Pace { Pace(quartiles: pace.quartiles.map { count * $0 }) }

  /// Runs `body` until it is known, or enough time was spent on it. The first run prepares and does not count.
  ///
  /// - Parameter now: seconds since whenever.
  init(by now: () -> Double, _ body: () throws -> Void) rethrows {
    var runs: [Double] = []
    try body()
    while runs.count < 2 || (runs.count < Self.mostRuns && runs.reduce(0, +) < Self.longEnough) {
      let start = now()
      try body()
      runs.append(now() - start)
    }
    self.init(runs)
  }

  private static let mostRuns = 12
}
