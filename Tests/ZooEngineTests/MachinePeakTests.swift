import Testing

@testable import ZooEngine

@Suite struct MachinePeakTests {
  /// No processor of this century multiplies less than once in ten nanoseconds, nor a million times in one.
  @Test func isAPossibleFigure() throws {
    let peak = try #require(MachinePeak.gflops(.float32, threads: 1))
    #expect((0.1...1e6).contains(peak))
  }

  @Test func bfloat16OnlyWithItsInstructions() {
    #expect((MachinePeak.gflops(.bf16, threads: 1) != nil) == Precision.bf16.isSupported)
  }
}
