/// How the probability above which a class counts as found is chosen by pictures whose classes are known.
public enum ThresholdRule: String, Sendable, CaseIterable, Codable {
  /// The best F1.
  case f1
  /// The largest difference between the share of the class's pictures that are found and that of the others that
  /// are: Youden's J.
  case youden

  /// The threshold of one class: in the middle between two probabilities that were given; of equally good ones that
  /// next to ½.
  ///
  /// - Parameters:
  ///   - probabilities: of the class, of each picture.
  ///   - isShown: whether the picture shows it.
  /// - Returns: `nil` where no picture shows the class, or all do.
  public func threshold(_ probabilities: [Float], isShown: [Bool]) -> Double? {
    let ranked = zip(probabilities, isShown).sorted { $0.0 > $1.0 }
    let shown = isShown.count { $0 }
    let others = isShown.count - shown
    guard shown > 0, others > 0 else { return nil }
    var best: (value: Double, threshold: Double)?
    var (right, wrong) = (0, 0)
    for (place, (probability, isShown)) in ranked.enumerated() {
      if isShown { right += 1 } else { wrong += 1 }
      let next = place + 1 < ranked.count ? ranked[place + 1].0 : 0
      // Pictures of equal probability are found together, and nothing is below 0.
      guard next < probability else { continue }
      let threshold = (Double(probability) + Double(next)) / 2
      let value = value(right: right, wrong: wrong, shown: shown, others: others)
      let isBetter =
        best.map { ($0.value, -abs($0.threshold - 0.5)) < (value, -abs(threshold - 0.5)) } ?? true
      if isBetter { best = (value, threshold) }
    }
    return best?.threshold
  }

  private func value(right: Int, wrong: Int, shown: Int, others: Int) -> Double {
    switch self {
    case .f1: Double(2 * right) / Double(right + wrong + shown)
    case .youden: Double(right) / Double(shown) - Double(wrong) / Double(others)
    }
  }
}
