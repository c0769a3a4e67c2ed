import ZooGraph

/// In which ways an engine is made to run its pictures: how many at once, 0 where it is not made for that. Each way
/// has a plan of its own.
struct Ways: Sendable, Equatable {
  /// With all threads.
  var together = 0
  /// With one thread, more than one.
  var several = 0
  /// With one thread.
  var single = 0

  /// Measured, two beat one by up to 5 % (MobileNetV3, where squeeze-and-excite's kernels weigh much), while
  /// more leave the caches.
  static let few = 2

  /// Measured, four with all threads beat pictures side by side by 8 % (ResNet50, VGG16), as kernels are read once for
  /// all of them; more gain 2 % and take the memory of as many.
  static let fewTogether = 4

  /// The kernels of small networks stay in the caches, and their many short steps have the most to gain from
  /// threads that do not wait for each other.
  private static let smallNetwork = 8 << 20

  /// - Parameter sumsAlike: whether a picture's result does not depend on the others in its batch. Where it does,
  ///   large networks run in one way only, so that the same pictures give the same features in each run.
  init(
    _ graph: ResolvedGraph, maximumBatch: Int, threads: Int, sumsAlike: Bool = OneDNN.sumsAlike
  ) {
    let isSmall = graph.parameterCount <= Self.smallNetwork
    if maximumBatch < threads {
      together = 1
    } else if !isSmall, sumsAlike, threads > 1, maximumBatch >= Self.fewTogether {
      together = Self.fewTogether
    }
    if isSmall, maximumBatch >= Self.few * threads { several = Self.few }
    if isSmall || together != 1 { single = 1 }
  }

  var count: Int { [together, several, single].count { $0 > 0 } }
}
