/// What a calibration bin is made of.
struct CalibrationSums: Sendable {
  private(set) var count = 0
  private var confidence = 0.0
  private var right = 0

  /// As many as Guo et al. (2017) use.
  static let bins = 15

  mutating func add(_ confidence: Double, isRight: Bool) {
    count += 1
    self.confidence += confidence
    if isRight { right += 1 }
  }

  var summary: Evaluation.CalibrationBin {
    let all = Double(max(1, count))
    return .init(pictures: count, confidence: confidence / all, accuracy: Double(right) / all)
  }

  /// Times ``count``.
  var error: Double { abs(confidence - Double(right)) }
}

extension [CalibrationSums] {
  /// Into the bin of that confidence; what is no number is left out.
  mutating func add(_ confidence: Double, isRight: Bool) {
    guard confidence.isFinite else { return }
    self[Swift.min(count - 1, Swift.max(0, Int(confidence * Double(count))))].add(
      confidence, isRight: isRight)
  }

  /// The expected calibration error.
  var error: Double {
    reduce(0) { $0 + $1.error } / Double(Swift.max(1, reduce(0) { $0 + $1.count }))
  }
}
