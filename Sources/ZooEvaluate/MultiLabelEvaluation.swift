/// How well a classifier does that decides on each class by itself, on pictures of any number of classes.
public struct MultiLabelEvaluation: Sendable, Equatable, Codable {
  /// scikit-learn's `precision_recall_fscore_support` and `average_precision_score` of one class; what is
  /// undefined is 0, as there.
  public struct ClassScore: Sendable, Equatable, Codable {
    /// Of the class.
    public var name: String
    /// The share of the pictures told to be of the class that are.
    public var precision: Double
    /// The share of the class's pictures that are told to be.
    public var recall: Double
    /// The harmonic mean of both.
    public var f1: Double
    /// The area under the curve of precision over recall.
    public var averagePrecision: Double
    /// The probability above which the class counts as found.
    public var threshold: Double
    /// Pictures that show the class.
    public var support: Int
  }

  /// A picture on which the loss is high.
  public struct Miss: Sendable, Equatable, Codable {
    /// The file.
    public var path: String
    /// The true classes.
    public var labels: [String]
    /// The classes that are told.
    public var predicted: [String]
    /// The mean cross-entropy of the classes.
    public var loss: Double
  }

  /// How many were measured.
  public var pictures: Int
  /// Their names, in the order of the output.
  public var classes: [String]
  /// The probability above which a class counts as found, where it is the same for all.
  public var threshold: Double?
  /// Share of the decisions, one for each picture and class, that are right: Keras' `BinaryAccuracy`.
  public var accuracy: Double
  /// Share of the pictures with all decisions right: scikit-learn's `accuracy_score`.
  public var exactMatch: Double
  /// Mean binary cross-entropy, in nats; probabilities are clipped at 1e-7 as in Keras.
  public var loss: Double
  /// The mean over the classes that some picture shows.
  public var meanAveragePrecision: Double
  /// Of all decisions together.
  public var microF1: Double
  /// The mean over all classes.
  public var macroF1: Double
  /// Expected calibration error over 15 bins of the probability that a class is shown.
  public var calibrationError: Double
  /// These bins; their `pictures` are decisions, one for each picture and class.
  public var calibration: [Evaluation.CalibrationBin]
  /// In the order of the classes.
  public var perClass: [ClassScore]
  /// For each class pictures by truth (row) and decision (column), no before yes: scikit-learn's
  /// `multilabel_confusion_matrix`.
  public var confusion: [[[Int]]]
  /// The pictures with the highest loss, worst first.
  public var worst: [Miss]
}
