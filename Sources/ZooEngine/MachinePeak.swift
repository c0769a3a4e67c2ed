import COneDNN
import CPeak
import Synchronization

/// How fast this machine multiplies and adds at most: measured in registers, where no memory is waited for.
public enum MachinePeak {
  private static let rounds: UInt64 = 1 << 23
  private static let repetitions = 5

  /// Multiplications and additions a second with `threads` threads at once, in 10⁹: the best of a few tries of
  /// some ten milliseconds. `nil` for a precision that the processor has no instructions for.
  public static func gflops(_ precision: Precision, threads: Int) -> Double? {
    guard precision.isSupported else { return nil }
    let kind = kind(precision)
    return (0..<repetitions).map { _ in gflops(threads: threads, kind) }.max()
  }

  /// The widest instructions that networks run on.
  private static func kind(_ precision: Precision) -> zoo_peak_kind {
    switch precision {
    case .bf16: ZOO_PEAK_AVX512_BF16
    case .float32:
      OneDNN.has(dnnl_cpu_isa_avx512_core)
        ? ZOO_PEAK_AVX512
        : OneDNN.has(dnnl_cpu_isa_avx2)
          ? ZOO_PEAK_AVX2 : OneDNN.has(dnnl_cpu_isa_avx) ? ZOO_PEAK_AVX : ZOO_PEAK_BASIC
    }
  }

  private static func gflops(threads: Int, _ kind: zoo_peak_kind) -> Double {
    let operations = Atomic<UInt64>(0)
    let workers = WorkerPool(helpers: threads - 1)
    // Until they are awake.
    workers.run {}
    let start = Clock.milliseconds()
    workers.run {
      operations.add(zoo_peak(kind, rounds), ordering: .relaxed)
    }
    return Double(operations.load(ordering: .relaxed)) / (Clock.milliseconds() - start) / 1e6
  }
}
