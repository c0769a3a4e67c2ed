import Testing

@testable import ZooReport

@Suite struct AxisTests {
  @Test(arguments: [
    ([0.0, 1.0], [0, 0.2, 0.4, 0.6, 0.8, 1.0], "0.2"), ([0, 0.47], [0, 0.1, 0.2, 0.3, 0.4, 0.5], "0.1"),
    ([-3, 12], [-5, 0, 5, 10, 15], "0"), ([0.861, 0.902], [0.86, 0.87, 0.88, 0.89, 0.9, 0.91], "0.87"),
  ])
  func marksAreRound(values: [Double], ticks: [Double], second: String) {
    let axis = Axis(spanning: values)
    #expect(
      axis.ticks.count == ticks.count && zip(axis.ticks, ticks).allSatisfy { abs($0 - $1) < 1e-9 },
      "\(axis.ticks)")
    #expect(axis.label(axis.ticks[1]) == second)
    #expect(axis.range.lowerBound <= values[0] + 1e-9 && axis.range.upperBound >= values[1] - 1e-9)
  }

  @Test func epochsAreWholeNumbers() {
    #expect(Axis(spanning: [1, 10], whole: true).ticks == [2, 4, 6, 8, 10])
    #expect(Axis(spanning: [1, 3], whole: true).ticks == [1, 2, 3])
    #expect(Axis(spanning: [1, 1], whole: true).ticks == [1])
  }

  @Test func powersOfTen() {
    let axis = Axis(powersSpanning: [1e-5, 2e-3])
    #expect(axis.ticks.map(axis.label) == ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²"])
    #expect(abs((axis.place(of: 1e-4) ?? 0) - 1.0 / 3) < 1e-9)
  }

  @Test func whatIsNoNumberHasNoPlace() {
    #expect(Axis(spanning: [.nan, 0, 1]).place(of: .nan) == nil)
    #expect(Axis(spanning: []).ticks.count > 1)
    #expect(Axis(spanning: [.infinity]).place(of: 0.5) != nil)
    #expect(Axis(powersSpanning: [1]).place(of: 0) == nil)
  }
}
