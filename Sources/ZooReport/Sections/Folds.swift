import ZooSystem
import ZooTrain

/// What the cross-validation brought, where there was one.
extension Report {
  private static let mostFolds = 50

  var folds: HTML {
    guard let found = training.log?.crossValidation else { return "" }
    let rows = zip(found.pictures, found.folds).enumerated().prefix(Self.mostFolds).map { number, fold in
      ["fold \(number + 1)" as HTML, "\(fold.0.grouped)" as HTML] + cells(fold.1)
    }
    let spread = found.spread
    let ends: [[HTML]] = [
      ["<b>mean</b>", ""] + cells(found.mean),
      [
        "spread", "", "± \(percent(spread.accuracy))", "± \(fixed(spread.loss))",
        "± \(percent(spread.macroF1))",
      ],
      ["all pictures", "\(found.pictures.reduce(0, +).grouped)"] + cells(found.all),
    ]
    let isCut = found.folds.count > Self.mostFolds
    let caption = isCut ? "The first \(Self.mostFolds) of \(found.folds.count) folds" : "Scores by fold"
    return .section(
      "folds", "Folds",
      lead: """
        Cross-validation: each of \(found.folds.count) folds was held out once and told by a model that was trained on \
        the others. The mean is what to expect of a model trained so; the spread is the standard deviation over the \
        folds. The model in the file was trained on all of these pictures afterwards, so they cannot measure it.
        """,
      .table(
        caption, ["fold", "pictures", "accuracy", "loss", "macro F1"], rows + ends, numeric: [1, 3],
        kind: "wide"))
  }

  private func cells(_ scores: CrossValidationRecord.Scores) -> [HTML] {
    [
      .bar(scores.accuracy, percent(scores.accuracy)), "\(fixed(scores.loss))",
      .bar(scores.macroF1, percent(scores.macroF1)),
    ]
  }
}
