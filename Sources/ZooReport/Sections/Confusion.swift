import ZooEvaluate
import ZooSystem

/// Which classes are taken for which.
extension Report {
  /// A matrix of more classes fits no page.
  private static let mostInMatrix = 20
  private static let mostPairs = 20

  var confusion: HTML {
    switch measurement.outcome {
    case .single(let evaluation): confusion(evaluation)
    case .multi(let evaluation): decisions(evaluation)
    }
  }

  // MARK: One class of many

  private func confusion(_ evaluation: Evaluation) -> HTML {
    let present = evaluation.classes.indices.filter { index in
      evaluation.perClass[index].support > 0 || evaluation.confusion.contains { $0[index] > 0 }
    }
    let pairs = mostConfused(evaluation)
    let wrong = evaluation.confusion.enumerated().reduce(0) { sum, row in
      sum + row.element.reduce(0, +) - row.element[row.offset]
    }
    var lead: HTML =
      "\(wrong.grouped) of \(evaluation.pictures.grouped) pictures are taken for another class. "
    if let first = pairs.first {
      lead =
        lead
        + "Most often <b>\(className(first.label))</b> is taken for <b>\(className(first.predicted))</b> (\(counted(first.count, "picture")))."
    }
    let fits = present.count <= Self.mostInMatrix
    return .section(
      "confusion", "Confusion", lead: lead,
      fits ? matrix(evaluation, of: present) : table(of: pairs, classes: present.count))
  }

  private struct Pair {
    var label: Int
    var predicted: Int
    var count: Int
    /// Of the true class's pictures.
    var share: Double
  }

  /// The most frequent ones first.
  private func mostConfused(_ evaluation: Evaluation) -> [Pair] {
    var pairs: [Pair] = []
    for (label, row) in evaluation.confusion.enumerated() {
      let all = row.reduce(0, +)
      for (predicted, count) in row.enumerated() where count > 0 && predicted != label {
        pairs.append(
          Pair(label: label, predicted: predicted, count: count, share: Double(count) / Double(all)))
      }
    }
    pairs.sort { ($1.count, $1.share, $0.label) < ($0.count, $0.share, $1.label) }
    return Array(pairs.prefix(Self.mostPairs))
  }

  private func matrix(_ evaluation: Evaluation, of present: [Int]) -> HTML {
    let heads: [HTML] = present.map { "<th scope=\"col\"><span>\(className($0))</span></th>" }
    let rows: [HTML] = present.map { row in
      let counts = evaluation.confusion[row]
      let all = max(1, counts.reduce(0, +))
      let cells: [HTML] = present.map { column in
        let share = Double(counts[column]) / Double(all)
        let kind =
          (row == column ? "right" : "wrong") + (share > 0.78 ? " full" : counts[column] == 0 ? " zero" : "")
        let title =
          "\(className(row)) taken for \(className(column)): \(counts[column]) of \(all) (\(percent(share)))"
        return """
          <td class="\(kind)" style="--v:\(HTML(stringLiteral: rounded(share, decimals: 3)))" title="\(title)">\(counts[column])</td>
          """
      }
      return "<tr><th scope=\"row\">\(className(row))</th>\(cells)</tr>\n"
    }
    return """
      <figure class="matrix"><div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table>
      <thead><tr><td></td>\(heads)</tr></thead>
      <tbody>
      \(rows)</tbody></table></div>
      <figcaption>Rows are the true classes, columns what the model says. The shade is the share of the row.</figcaption>
      </figure>
      """
  }

  private func table(of pairs: [Pair], classes: Int) -> HTML {
    let rows: [[HTML]] = pairs.map { pair in
      [
        "\(className(pair.label))", "\(className(pair.predicted))", "\(pair.count)",
        .bar(pair.share, percent(pair.share)),
      ]
    }
    return .table(
      "The \(rows.count) most confused pairs of \(classes.grouped) classes",
      ["is", "taken for", "pictures", "share of the class"], rows, numeric: [2], kind: "wide")
  }

  // MARK: Each class by itself

  private static let mostDecisions = 200

  private func decisions(_ evaluation: MultiLabelEvaluation) -> HTML {
    // [[true negatives, false positives], [false negatives, true positives]]
    let ranked = evaluation.confusion.indices.sorted { left, right in
      func wrong(_ index: Int) -> Int {
        evaluation.confusion[index][0][1] + evaluation.confusion[index][1][0]
      }
      return (wrong(right), left) < (wrong(left), right)
    }
    let rows: [[HTML]] = ranked.prefix(Self.mostDecisions).map { index in
      let counts = evaluation.confusion[index]
      return ["\(className(index))"]
        + [counts[1][1], counts[1][0], counts[0][1], counts[0][0]].map { "\($0.grouped)" }
        + ["\(fixed(evaluation.perClass[index].threshold))"]
    }
    let kind = "wide" + (rows.count > 25 ? " tall" : "")
    return .section(
      "confusion", "Confusion",
      lead: """
        Each class is decided on by itself: a picture shows it or not, told by a probability above \
        \(evaluation.threshold.map { String($0) } ?? "the class's threshold"). \(chosen(evaluation))\
        Classes with the most mistakes come first.
        """,
      .table(
        "Decisions by class",
        ["class", "found", "missed", "wrongly found", "rightly not found", "threshold"],
        rows, numeric: [1, 2, 3, 4, 5], kind: kind))
  }

  /// Where the thresholds come from, if they are the model's own.
  private func chosen(_ evaluation: MultiLabelEvaluation) -> String {
    guard let own = model.thresholds, own.values == evaluation.perClass.map(\.threshold) else { return "" }
    let flatters = own.rule == .given ? "" : " On these same pictures they flatter a little."
    return "The thresholds were \(own.origin).\(flatters) "
  }
}
