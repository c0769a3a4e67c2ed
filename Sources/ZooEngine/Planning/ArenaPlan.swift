/// A stretch of memory that is needed from one step to a later one, both included.
struct Lifetime: Sendable, Equatable {
  var byteCount: Int
  var first: Int
  var last: Int

  func overlaps(_ other: Lifetime) -> Bool { first <= other.last && other.first <= last }
}

/// Where in one arena each of a plan's buffers lies, so that buffers that live at the same time do not meet.
struct ArenaPlan: Sendable, Equatable {
  /// The start of each buffer, in the order given. Multiples of the alignment.
  var offsets: [Int]
  var byteCount: Int

  static let alignment = 64
  /// More than any machine has, and sums of a few such sizes still fit an `Int`.
  private static let limit = 1 << 60
  private static let tooLarge = EngineError("the network is too large for any machine")

  /// Places the largest buffers first, each in the lowest gap that is free throughout its life.
  ///
  /// - Throws: `EngineError` where the sizes are beyond any machine.
  init(_ lifetimes: [Lifetime]) throws(EngineError) {
    offsets = Array(repeating: 0, count: lifetimes.count)
    byteCount = 0
    var placed: [(start: Int, end: Int, lifetime: Lifetime)] = []
    let order = lifetimes.indices.sorted {
      (lifetimes[$1].byteCount, $0) < (lifetimes[$0].byteCount, $1)
    }
    for index in order {
      let lifetime = lifetimes[index]
      guard lifetime.byteCount <= Self.limit else { throw Self.tooLarge }
      let size = (lifetime.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
      var start = 0
      for other in placed where other.lifetime.overlaps(lifetime) && start + size > other.start {
        start = max(start, other.end)
      }
      let end = start + size
      guard end <= Self.limit else { throw Self.tooLarge }
      offsets[index] = start
      byteCount = max(byteCount, end)
      // Sorted by start, so that the search above meets the gaps from the lowest on.
      let place = placed.firstIndex { $0.start > start } ?? placed.count
      placed.insert((start, end, lifetime), at: place)
    }
  }
}
