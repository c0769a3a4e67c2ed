import Glibc

/// Gathers predictions of a classifier that decides on each class by itself, picture by picture.
public struct MultiLabelEvaluator: Sendable {
  private let classes: [String]
  /// For each class the probability above which it counts as found, in the pictures that are added from now on.
  public var thresholds: [Double]
  /// For each class, of each picture.
  private var probabilities: [[Float]]
  private var truths: [[Bool]]
  private var decisions: [Decisions]
  private var misses: [MultiLabelEvaluation.Miss] = []

  /// - Parameter thresholds: for each class the probability above which it counts as found; by default ½.
  public init(classes: [String], thresholds: [Double]? = nil) {
    precondition(thresholds.map { $0.count == classes.count } ?? true)
    self.classes = classes
    self.thresholds = thresholds ?? classes.map { _ in 0.5 }
    decisions = classes.map { _ in Decisions() }
    probabilities = classes.map { _ in [] }
    truths = classes.map { _ in [] }
  }

  /// Adds a picture: the probabilities of all classes, and the classes it shows.
  public mutating func add(_ row: UnsafeBufferPointer<Float>, labels: [Int], path: String) {
    guard row.count == classes.count, labels.allSatisfy(classes.indices.contains) else { return }
    var loss = 0.0
    let found = row.indices.filter { Double(row[$0]) > thresholds[$0] }
    for (index, probability) in row.enumerated() {
      let isShown = labels.contains(index)
      probabilities[index].append(probability)
      truths[index].append(isShown)
      decisions[index].add(isShown: isShown, isFound: found.contains(index))
      let clipped = min(1 - 1e-7, max(1e-7, Double(probability)))
      loss -= log(isShown ? clipped : 1 - clipped) / Double(classes.count)
    }
    misses.append(
      .init(
        path: path, labels: labels.map { classes[$0] },
        predicted: found.map { classes[$0] }, loss: loss))
  }

  /// What has been gathered, with the `worst` pictures of the highest loss.
  public func evaluation(worst count: Int = 10) -> MultiLabelEvaluation {
    let all = decisions.reduce(Decisions(), +)
    let scores = classes.indices.map { score($0, decisions[$0]) }
    let shown = scores.filter { $0.support > 0 }
    let bins = calibrationBins()
    return MultiLabelEvaluation(
      pictures: misses.count, classes: classes,
      threshold: Set(thresholds).count == 1 ? thresholds.first : nil,
      accuracy: share(all.truePositives + all.trueNegatives, of: all.count),
      exactMatch: share(misses.count { $0.labels == $0.predicted }, of: misses.count),
      loss: misses.reduce(0) { $0 + $1.loss } / Double(max(1, misses.count)),
      meanAveragePrecision: shown.reduce(0) { $0 + $1.averagePrecision } / Double(max(1, shown.count)),
      microF1: all.f1, macroF1: scores.reduce(0) { $0 + $1.f1 } / Double(max(1, scores.count)),
      calibrationError: bins.error, calibration: bins.map(\.summary),
      perClass: scores, confusion: decisions.map(\.confusion),
      worst: Array(misses.sorted { ($1.loss, $0.path) < ($0.loss, $1.path) }.prefix(count)))
  }

  private func score(_ index: Int, _ decisions: Decisions) -> MultiLabelEvaluation.ClassScore {
    .init(
      name: classes[index], precision: decisions.precision, recall: decisions.recall, f1: decisions.f1,
      averagePrecision: averagePrecision(index), threshold: thresholds[index],
      support: decisions.truePositives + decisions.falseNegatives)
  }

  /// For each class the threshold that a rule chooses by the pictures added; `nil` where none or all of them show it.
  public func thresholds(by rule: ThresholdRule) -> [Double?] {
    classes.indices.map { rule.threshold(probabilities[$0], isShown: truths[$0]) }
  }

  /// The sum of precisions over the steps of recall, pictures of equal probability taken together
  /// (`sklearn/metrics/_ranking.py`).
  private func averagePrecision(_ index: Int) -> Double {
    let ranked = zip(probabilities[index], truths[index]).sorted { $0.0 > $1.0 }
    let positives = truths[index].count { $0 }
    var (found, foundBefore, sum) = (0, 0, 0.0)
    for (place, (probability, isShown)) in ranked.enumerated() {
      if isShown { found += 1 }
      if place + 1 < ranked.count, ranked[place + 1].0 == probability { continue }
      sum += Double(found - foundBefore) * Double(found) / Double(place + 1)
      foundBefore = found
    }
    return positives == 0 ? 0 : sum / Double(positives)
  }

  private func calibrationBins() -> [CalibrationSums] {
    var bins = [CalibrationSums](repeating: CalibrationSums(), count: CalibrationSums.bins)
    for (probability, isShown) in zip(probabilities.joined(), truths.joined()) {
      bins.add(Double(probability), isRight: isShown)
    }
    return bins
  }
}

/// Right and wrong decisions.
private struct Decisions: Sendable {
  var trueNegatives = 0
  var falsePositives = 0
  var falseNegatives = 0
  var truePositives = 0

  mutating func add(isShown: Bool, isFound: Bool) {
    switch (isShown, isFound) {
    case (true, true): truePositives += 1
    case (true, false): falseNegatives += 1
    case (false, true): falsePositives += 1
    case (false, false): trueNegatives += 1
    }
  }

  var count: Int { trueNegatives + falsePositives + falseNegatives + truePositives }
  var precision: Double { share(truePositives, of: truePositives + falsePositives) }
  var recall: Double { share(truePositives, of: truePositives + falseNegatives) }
  var f1: Double { share(2 * truePositives, of: 2 * truePositives + falsePositives + falseNegatives) }
  var confusion: [[Int]] { [[trueNegatives, falsePositives], [falseNegatives, truePositives]] }

  static func + (left: Decisions, right: Decisions) -> Decisions {
    Decisions(
      trueNegatives: left.trueNegatives + right.trueNegatives,
      falsePositives: left.falsePositives + right.falsePositives,
      falseNegatives: left.falseNegatives + right.falseNegatives,
      truePositives: left.truePositives + right.truePositives)
  }
}

/// 0 of nothing.
private func share(_ part: Int, of all: Int) -> Double { all == 0 ? 0 : Double(part) / Double(all) }
