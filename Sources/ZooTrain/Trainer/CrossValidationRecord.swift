/// What a cross-validation brought: how well models do on pictures that they were not trained on.
public struct CrossValidationRecord: Sendable, Equatable, Codable {
  /// How well models did.
  public struct Scores: Sendable, Equatable, Codable {
    /// The share of the pictures that are right; where each class is decided on by itself, of the decisions.
    public var accuracy: Double
    /// The mean cross-entropy, in nats.
    public var loss: Double
    /// The mean over the classes.
    public var macroF1: Double

    /// Scores as they are.
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

  /// Takes mean and spread.
  ///
  /// - Parameters:
  ///   - pictures: how many each fold holds out.
  ///   - folds: the scores of each.
  ///   - all: those of all pictures together.
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
