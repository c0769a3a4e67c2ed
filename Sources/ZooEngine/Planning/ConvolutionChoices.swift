/// Which implementation the convolutions of a network have got. Plans for other batches and numbers of threads follow
/// the first one, so that all use the same kernels, and a picture has the same result in each of them.
final class ConvolutionChoices {
  /// Whether other plans will follow.
  let areShared: Bool
  private var implementations: [String: String] = [:]

  init(areShared: Bool) { self.areShared = areShared }

  /// The implementation of the convolution of `layer`, if a plan has it already.
  subscript(layer: String) -> String? { implementations[layer] }

  func note(_ implementation: String, for layer: String) {
    if implementations[layer] == nil { implementations[layer] = implementation }
  }
}
