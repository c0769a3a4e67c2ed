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

  /// From this share of all values on it pays to run pictures one by one, as only then concatenations copy nothing.
  /// Measured, DenseNet121 gains 5 to 9 %: a fifth of its values are such.
  private static let muchGathered = 0.1

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
    if isSmall, maximumBatch >= Self.few * threads, graph.gatheredShare < Self.muchGathered {
      several = Self.few
    }
    if isSmall || together != 1 { single = 1 }
  }

  var count: Int { [together, several, single].count { $0 > 0 } }
}

extension ResolvedGraph {
  /// The share of the values that are concatenations of whole blocks of channels.
  fileprivate var gatheredShare: Double {
    var (all, gathered) = (0, 0)
    for entry in entries {
      let count = entry.shape.elementCount ?? 0
      all += count
      guard let layer = entry.node.layer.kind as? Concatenate, entry.shape.rank == 3,
        [nil, 2].contains(layer.axis),
        entry.inputs.allSatisfy({ entries[$0].shape.channels % 16 == 0 })
      else { continue }
      gathered += count
    }
    return all == 0 ? 0 : Double(gathered) / Double(all)
  }
}
