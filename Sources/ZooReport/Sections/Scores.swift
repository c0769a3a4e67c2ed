import ZooSystem

/// Precision, recall and F1 of each class.
extension Report {
  private static let mostRows = 200

  var scores: HTML {
    let present = results.scores.enumerated().filter { $0.element.support > 0 }
    let isCut = present.count > Self.mostRows
    let ranked = present.sorted { ($0.element.f1, $0.offset) < ($1.element.f1, $1.offset) }
    let shown = isCut ? Array(ranked.prefix(Self.mostRows)) : present
    let hasAP = results.scores.contains { $0.averagePrecision != nil }
    let rows: [[HTML]] = shown.map { index, score in
      let shares = [score.precision, score.recall, score.f1] + (score.averagePrecision.map { [$0] } ?? [])
      let bars: [HTML] = shares.map { .bar($0, percent($0)) }
      return ["\(className(index))" as HTML] + bars + ["\(score.support.grouped)" as HTML]
    }
    let columns = ["precision", "recall", "F1"] + (hasAP ? ["AP"] : [])
    let caption =
      isCut ? "The \(shown.count) classes of \(present.count.grouped) with the lowest F1" : "Scores by class"
    let absent = results.classes.count - present.count
    let missing: HTML =
      absent > 0 ? " \(absent.grouped) classes have no picture here and are left out." : ""
    return .section(
      "scores", "Classes",
      lead: """
        Precision: of the pictures given a class, the share that is of it. Recall: of a class's pictures, the share that \
        is found. F1: their harmonic mean.\(missing)
        """,
      .table(
        caption, ["class"] + columns + ["pictures"], rows, numeric: [columns.count + 1],
        kind: "wide" + (rows.count > 25 ? " tall" : "")))
  }
}
