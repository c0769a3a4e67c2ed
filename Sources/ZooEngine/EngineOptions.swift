/// How a network is to be run.
public struct EngineOptions: Sendable {
  /// How many threads a run may use; `nil`: one for each CPU.
  ///
  /// With one thread, runs never wait for each other. With more, they take turns.
  public var threads: Int?

  /// Whether 3×3 convolutions may use Winograd's algorithm (Lavin and Gray, "Fast Algorithms for Convolutional
  /// Neural Networks", 2015). It more than halves their time; results differ by rounding. Measured against
  /// Keras on random weights: relative L2 error 6e-7 for VGG16 and ResNet50, and 3e-7 and 6e-7 without it.
  public var allowsWinograd: Bool

  public init(threads: Int? = nil, allowsWinograd: Bool = true) {
    self.threads = threads
    self.allowsWinograd = allowsWinograd
  }
}
