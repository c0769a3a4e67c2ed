import ZooGraph

/// In which ways an engine is made to run its pictures. Each way has packed kernels of its own where oneDNN
/// wants them otherwise (Winograd's do, and they are large), so only those are made that pay.
struct Ways: Sendable, Equatable {
  /// One picture with all threads.
  var wide: Bool
  /// One picture with one thread.
  var narrow: Bool
  /// A few pictures with one thread.
  var several: Bool

  /// Measured, two beat one by up to 5 % (MobileNetV3, where squeeze-and-excite's kernels weigh much), while
  /// more leave the caches.
  static let few = 2

  /// The kernels of small networks take little memory, and their many short steps have the most to gain.
  private static let smallNetwork = 8 << 20

  init(_ graph: ResolvedGraph, maximumBatch: Int, threads: Int) {
    let isSmall = graph.parameterCount <= Self.smallNetwork
    wide = threads > 1 && maximumBatch < threads
    narrow = !wide || isSmall
    several = isSmall && maximumBatch >= Self.few * threads
  }
}
