import Glibc
import ZooSystem

/// A scale of a chart: which values it spans, and where its marks are.
struct Axis {
  let range: ClosedRange<Double>
  let ticks: [Double]
  let isLogarithmic: Bool
  private let decimals: Int

  /// Spans `values`, from one round number to another.
  ///
  /// - Parameters:
  ///   - marks: about how many marks.
  ///   - whole: whether marks are whole numbers only, and the scale ends at the values themselves.
  init(spanning values: [Double], marks: Int = 5, whole: Bool = false) {
    let finite = values.filter(\.isFinite)
    var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    if high - low < 1e-12 * max(1, abs(high)) {
      let room = whole ? 0.5 : max(abs(high) * 0.1, 1e-6)
      (low, high) = (low - room, high + room)
    }
    let step = Self.roundStep((high - low) / Double(max(1, marks)), whole: whole)
    let first = whole ? (low / step).rounded(.up) : (low / step).rounded(.down)
    let last = whole ? (high / step).rounded(.down) : (high / step).rounded(.up)
    ticks = first <= last ? stride(from: first, through: last, by: 1).prefix(50).map { $0 * step } : []
    range = whole ? low...high : (first * step)...(last * step)
    decimals = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
    isLogarithmic = false
  }

  /// Spans positive `values` by powers of ten.
  init(powersSpanning values: [Double]) {
    let exponents = values.filter { $0 > 0 && $0.isFinite }.map(log10)
    let low = (exponents.min() ?? 0).rounded(.down)
    let high = max(low + 1, (exponents.max() ?? 1).rounded(.up))
    range = low...high
    ticks = stride(from: low, through: high, by: 1).map { pow(10, $0) }
    isLogarithmic = true
    decimals = 0
  }

  /// From 0 to 1.
  static let share = Axis(spanning: [0, 1])

  /// 0 at the beginning of the scale, 1 at its end; `nil` for what has no place on it.
  func place(of value: Double) -> Double? {
    let value = isLogarithmic ? log10(value) : value
    guard value.isFinite else { return nil }
    return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  func label(_ tick: Double) -> String {
    guard isLogarithmic else { return rounded(tick, decimals: decimals) }
    let exponent = Int(log10(tick).rounded())
    let digits = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    let raised = String(abs(exponent)).compactMap(\.wholeNumberValue).map { digits[$0] }.joined()
    return "10" + (exponent < 0 ? "⁻" : "") + raised
  }

  /// 1, 2 or 5 times a power of ten, at least `step`.
  private static func roundStep(_ step: Double, whole: Bool) -> Double {
    let unit = pow(10, log10(step).rounded(.down))
    let round = ([1, 2, 5, 10].first { $0 * unit >= step * 0.999 } ?? 10) * unit
    return whole ? max(1, round) : round
  }
}
