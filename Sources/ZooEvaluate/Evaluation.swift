import Glibc

/// How well a classifier does on pictures whose classes are known.
public struct Evaluation: Sendable, Equatable, Codable {
  /// scikit-learn's `precision_recall_fscore_support` of one class; what is undefined is 0, as there.
  public struct ClassScore: Sendable, Equatable, Codable {
    /// Of the class.
    public var name: String
    /// The share of the pictures told to be of the class that are.
    public var precision: Double
    /// The share of the class's pictures that are told to be.
    public var recall: Double
    /// The harmonic mean of both.
    public var f1: Double
    /// Pictures of the class.
    public var support: Int
  }

  /// A picture on which the loss is high.
  public struct Miss: Sendable, Equatable, Codable {
    /// The file.
    public var path: String
    /// The true class.
    public var label: String
    /// The class that is told.
    public var predicted: String
    /// Given to the true class.
    public var probability: Double
    /// The cross-entropy.
    public var loss: Double
  }

  /// Pictures whose highest probability is about the same.
  public struct CalibrationBin: Sendable, Equatable, Codable {
    /// How many fall into it.
    public var pictures: Int
    /// The mean of their highest probabilities.
    public var confidence: Double
    /// The share of them that is right.
    public var accuracy: Double
  }

  /// How many were measured.
  public var pictures: Int
  /// Their names, in the order of the output.
  public var classes: [String]
  /// Share of pictures whose highest class is the true one.
  public var accuracy: Double
  /// Share of pictures whose true class is among the five highest; `nil` where there are no more classes than that.
  public var top5: Double?
  /// Mean categorical cross-entropy, in nats; probabilities are clipped at 1e-7 as in Keras.
  public var loss: Double
  /// Expected calibration error over 15 bins (Guo et al., "On Calibration of Modern Neural Networks", 2017).
  public var calibrationError: Double
  /// These bins, each as wide as the others, from probability 0 to 1.
  public var calibration: [CalibrationBin]
  /// In the order of the classes.
  public var perClass: [ClassScore]
  /// Pictures by true class (row) and predicted class (column).
  public var confusion: [[Int]]
  /// The pictures with the highest loss, worst first.
  public var worst: [Miss]

  /// The mean over the classes that some picture shows.
  public var macroF1: Double {
    let shown = perClass.filter { $0.support > 0 }
    return shown.reduce(0) { $0 + $1.f1 } / Double(max(1, shown.count))
  }
}

/// Gathers predictions picture by picture.
public struct Evaluator: Sendable {
  private let classes: [String]
  private var confusion: [[Int]]
  private var inTop5 = 0
  private var totalLoss = 0.0
  private var bins = [CalibrationSums](repeating: CalibrationSums(), count: CalibrationSums.bins)
  private var misses: [Evaluation.Miss] = []

  /// - Parameter classes: their names, in the order of the output.
  public init(classes: [String]) {
    self.classes = classes
    confusion = Array(repeating: Array(repeating: 0, count: classes.count), count: classes.count)
  }

  /// Adds a picture: the probabilities of all classes, and its true class.
  public mutating func add(_ probabilities: UnsafeBufferPointer<Float>, label: Int, path: String) {
    guard probabilities.count == classes.count, classes.indices.contains(label) else { return }
    let ranked = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
    let predicted = ranked[0]
    confusion[label][predicted] += 1
    if ranked.prefix(5).contains(label) { inTop5 += 1 }
    let probability = min(1 - 1e-7, max(1e-7, Double(probabilities[label])))
    totalLoss -= log(probability)
    misses.append(
      Evaluation.Miss(
        path: path, label: classes[label], predicted: classes[predicted],
        probability: Double(probabilities[label]), loss: -log(probability)))
    bins.add(Double(probabilities[predicted]), isRight: predicted == label)
  }

  /// What has been gathered, with the `worst` pictures of the highest loss.
  public func evaluation(worst count: Int = 10) -> Evaluation {
    let pictures = misses.count
    let share = { (part: Double) in pictures == 0 ? 0 : part / Double(pictures) }
    let right = classes.indices.reduce(0) { $0 + confusion[$1][$1] }
    return Evaluation(
      pictures: pictures, classes: classes, accuracy: share(Double(right)),
      top5: classes.count > 5 ? share(Double(inTop5)) : nil,
      loss: share(totalLoss),
      calibrationError: bins.error, calibration: bins.map(\.summary),
      perClass: classes.indices.map(score), confusion: confusion,
      worst: Array(misses.sorted { ($1.loss, $0.path) < ($0.loss, $1.path) }.prefix(count)))
  }

  private func score(_ index: Int) -> Evaluation.ClassScore {
    let right = Double(confusion[index][index])
    let support = confusion[index].reduce(0, +)
    let predicted = classes.indices.reduce(0) { $0 + confusion[$1][index] }
    let precision = predicted == 0 ? 0 : right / Double(predicted)
    let recall = support == 0 ? 0 : right / Double(support)
    let f1 = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
    return .init(name: classes[index], precision: precision, recall: recall, f1: f1, support: support)
  }
}
