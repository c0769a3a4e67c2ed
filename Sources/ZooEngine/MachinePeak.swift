import CPeak
import Synchronization

/// How fast this machine multiplies and adds at most: measured in registers, where no memory is waited for.
public enum MachinePeak {
  private static let rounds: UInt64 = 1 << 23
  private static let repetitions = 5

  /// Multiplications and additions a second with `threads` threads at once, in 10⁹: the best of a few tries of
  /// some ten milliseconds. `nil` for a precision that the processor has no instructions for.
  public static func gflops(_ precision: Precision, threads: Int) -> Double? {
    let multiply = precision == .bf16 ? zoo_peak_bfloat16 : zoo_peak_float32
    guard multiply(1) > 0 else { return nil }
    return (0..<repetitions).map { _ in gflops(threads: threads, multiply) }.max()
  }

  private static func gflops(threads: Int, _ multiply: @Sendable (UInt64) -> UInt64) -> Double {
    let operations = Atomic<UInt64>(0)
    let workers = WorkerPool(helpers: threads - 1)
    // Until they are awake.
    workers.run {}
    let start = Clock.milliseconds()
    workers.run {
      operations.add(multiply(rounds), ordering: .relaxed)
    }
    return Double(operations.load(ordering: .relaxed)) / (Clock.milliseconds() - start) / 1e6
  }
}
