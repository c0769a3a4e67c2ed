import Testing
import ZooSystem

@testable import ZooEngine

@Suite struct Bfloat16RoundingTests {
  private func rounded(_ kernel: [Float], filters: Int, threads: Int = 1) -> [Float] {
    var kernel = kernel
    kernel.withUnsafeMutableBufferPointer { Bfloat16Rounding(filters: filters).round($0, threads: threads) }
    return kernel
  }

  private func random(_ count: Int) -> [Float] {
    var random = SplitMix64(seed: 3)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
  }

  /// The two numbers of 8 significant bits around a value.
  private func neighbours(_ value: Float) -> [Float] {
    let low = Float(bitPattern: value.bitPattern & 0xFFFF_0000)
    return [low, Float(bitPattern: low.bitPattern + 0x1_0000)]
  }

  @Test(arguments: [9, 25, 64, 65, 300], [1, 2])
  func errorsCancel(terms: Int, threads: Int) {
    let filters = 7
    let exact = random(terms * filters)
    let found = rounded(exact, filters: filters, threads: threads)
    for (value, result) in zip(exact, found) { #expect(neighbours(value).contains(result)) }
    for filter in 0..<filters {
      let errors = (0..<terms).map {
        Double(exact[$0 * filters + filter]) - Double(found[$0 * filters + filter])
      }
      // Half the distance of the numbers that the last weight lies between; it is below 1.
      #expect(errors.reduce(0, +).magnitude <= 0x1p-9)
    }
  }

  /// Of few weights the largest come first, wherever they lie: the others make up for their errors.
  @Test func theSmallestWeightsComeLast() {
    let exact = random(60).map { 0.02 + 0.01 * $0.magnitude } + [0.7003]
    let errors = zip(exact, rounded(exact, filters: 1)).map { Double($0) - Double($1) }
    #expect((errors.last ?? 0).magnitude > 0x1p-10)
    #expect(errors.reduce(0, +).magnitude <= 0x1p-13)
  }

  @Test func whatIsExactStays() {
    let exact: [Float] = [0, -0.0, 0.5, -96, .infinity, -.infinity, 0x1p-130, .greatestFiniteMagnitude]
    let found = rounded(exact, filters: 2)
    #expect(found.prefix(7) == exact.prefix(7))
    #expect(found[7].isFinite)
    #expect(rounded([.nan], filters: 1)[0].isNaN)
    #expect(rounded([], filters: 4) == [])
  }
}
