/// The numbers that a network computes with.
public enum Precision: String, Sendable, CaseIterable {
  /// 24 significant bits.
  case float32
  /// Maps and kernels have 8 significant bits, sums 24. Needs a processor with AVX512-BF16.
  case bf16

  /// Of the maps and kernels.
  var type: NumberType {
    switch self {
    case .float32: .float32
    case .bf16: .bfloat16
    }
  }

  /// Whether this processor can compute with it.
  public var isSupported: Bool { self == .float32 || OneDNN.multipliesBfloat16 }
}

/// How a network is to be run.
public struct EngineOptions: Sendable {
  /// How many threads a run may use; `nil`: ``Threads/count``.
  ///
  /// With one thread, runs never wait for each other. With more, those of one engine take turns.
  public var threads: Int?

  /// Whether 3×3 convolutions may use Winograd's algorithm (Lavin and Gray, "Fast Algorithms for
  /// Convolutional Neural Networks", 2015), be it oneDNN's code or our own. It takes between a third and a
  /// half of their time; results differ by rounding. Relative L2 error of our own code, measured on random
  /// weights: of one convolution 7e-7 with 64 channels and 1.5e-6 with 512 (2e-7 without the algorithm, all
  /// against double precision); of networks' feature maps, against those without the algorithm, 1.1e-6 for
  /// VGG16 and 6e-7 for ResNet50, and 2.3e-6 and 1e-6 where all of the convolutions are ours. With
  /// ``Precision/bf16``, where it doubles the speed as well, one convolution has an error of 7e-3 on maps
  /// without negative values and of 1.4e-2 on others (2.7e-3 without the algorithm). Kernels are kept
  /// transformed, in four times the memory, up to 16 MB; larger ones are transformed while the network runs.
  public var allowsWinograd: Bool

  /// What is computed with; pixels and results are float32 in any case.
  public var precision: Precision

  /// Takes the fastest implementation of each convolution as it was measured on this machine; `nil`, and where
  /// nothing was measured, the one that was the fastest on the machines this was developed on. The caller saves
  /// what is measured.
  public var tuning: Tuning?

  /// By default float32 on all processors, with the usual algorithms.
  public init(
    threads: Int? = nil, allowsWinograd: Bool = true, precision: Precision = .float32,
    tuning: Tuning? = nil
  ) {
    self.threads = threads
    self.allowsWinograd = allowsWinograd
    self.precision = precision
    self.tuning = tuning
  }
}
