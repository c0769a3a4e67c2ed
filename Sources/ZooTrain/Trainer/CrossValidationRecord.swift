/// What a cross-validation brought: how well models do on pictures that they were not trained on.
public struct CrossValidationRecord: Sendable, Equatable, Codable {
  /// How well a model does.
  public struct Scores: Sendable, Equatable, Codable {
    /// The share of pictures whose class is told.
    public var accuracy: Double
    /// The mean cross-entropy.
    public var loss: Double
    /// The mean over the classes.
    public var macroF1: Double

    /// - Parameter macroF1: the mean over the classes.
    public init(accuracy: Double, loss: Double, macroF1: Double) {
      self.accuracy = accuracy
      self.loss = loss
      self.macroF1 = macroF1
    }

    fileprivate init(_ value: (KeyPath<Scores, Double>) -> Double) {
      self.init(accuracy: value(\.accuracy), loss: value(\.loss), macroF1: value(\.macroF1))
    }
  }

  /// How many pictures each fold holds out.
  public let pictures: [Int]
  /// Of each fold.
  public let folds: [Scores]
  /// Over the folds, each of which counts alike.
  public let mean: Scores
  /// The standard deviation over the folds, divided by their number as in scikit-learn's `std_test_score`.
  public let spread: Scores
  /// Of all pictures together, each as it was told by the model that was not trained on it.
  public let all: Scores

  /// - Parameter folds: how models did, each on its own fold.
  public init(pictures: [Int], folds: [Scores], all: Scores) {
    let count = Double(max(1, folds.count))
    let mean = Scores { path in folds.reduce(0) { $0 + $1[keyPath: path] } / count }
    self.pictures = pictures
    self.folds = folds
    self.mean = mean
    spread = Scores { path in
      func square(_ difference: Double) -> Double { difference * difference }
      return (folds.reduce(0) { $0 + square($1[keyPath: path] - mean[keyPath: path]) } / count).squareRoot()
    }
    self.all = all
  }
}
