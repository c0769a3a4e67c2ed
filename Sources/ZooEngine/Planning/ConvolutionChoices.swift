import ZooGraph

/// Which implementation the convolutions of a network have got. Plans for other batches and numbers of threads follow
/// the first one, so that all use the same kernels, and a picture has the same result in each of them.
final class ConvolutionChoices {
  /// Whether other plans will follow.
  let areShared: Bool
  private var implementations: [WeightName: String] = [:]

  init(areShared: Bool) { self.areShared = areShared }

  /// The implementation of a convolution, by its kernel, if a plan has it already.
  subscript(kernel: WeightName) -> String? { implementations[kernel] }

  func note(_ implementation: String, for kernel: WeightName) {
    if implementations[kernel] == nil { implementations[kernel] = implementation }
  }
}
