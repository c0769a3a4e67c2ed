/// Above which probability each class counts as found, of a model that decides on each class by itself.
public struct DecisionThresholds: Sendable, Equatable, Codable {
  /// How they were chosen.
  public enum Rule: String, Sendable, CaseIterable, Codable {
    /// The best F1 of each class on pictures that were held out.
    case f1
    /// The largest share of the pictures of a class that are found, less that of the others that are (Youden's J).
    case youden
    /// By whoever trained it.
    case given
  }

  /// How they were chosen.
  public var rule: Rule
  /// One for each class.
  public var values: [Double]
  /// How many held-out pictures they were chosen by.
  public var pictures: Int

  /// - Parameter values: one for each class.
  public init(_ rule: Rule, _ values: [Double], pictures: Int) {
    self.rule = rule
    self.values = values
    self.pictures = pictures
  }

  /// For people: where they come from.
  public var origin: String {
    switch rule {
    case .f1: "chosen by the best F1 on \(pictures) pictures that were held out"
    case .youden: "chosen by Youden's J on \(pictures) pictures that were held out"
    case .given: "given when the model was trained"
    }
  }
}
