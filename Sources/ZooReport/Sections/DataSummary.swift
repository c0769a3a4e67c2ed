import ZooSystem

/// Which pictures there are.
extension Report {
  private static let mostRows = 200
  private static let mostSkipped = 20

  var data: HTML {
    let parts = self.parts
    let classes = results.classes.indices.map { index in (index, parts.map { $0.counts[index] }) }
    let isCut = classes.count > Self.mostRows
    let shown =
      isCut
      ? Array(classes.sorted { ($1.1.first ?? 0, $0.0) < ($0.1.first ?? 0, $1.0) }.prefix(Self.mostRows))
      : classes
    let most = classes.flatMap(\.1).max() ?? 0
    let rows: [[HTML]] = shown.map { index, counts in
      let bars: [HTML] = counts.map { .bar(Double($0) / Double(max(1, most)), $0.grouped) }
      return ["\(className(index))" as HTML] + bars
    }
    let totals = parts.map { "\($0.counts.reduce(0, +).grouped) \($0.name)" }.joined(separator: ", ")
    let caption =
      isCut
      ? "The \(shown.count) classes of \(classes.count.grouped) with the most pictures" : "Pictures by class"
    let kind = "wide" + (rows.count > 25 ? " tall" : "")
    let table = HTML.table(caption, ["class"] + parts.map(\.name), rows, kind: kind)
    return .section(
      "data", "Data", lead: "Pictures: \(totals).\(imbalance(parts[0].counts))", "\(table)\(skipped)")
  }

  private struct Part {
    var name: String
    /// By class.
    var counts: [Int]
  }

  /// What the classifier learnt from and was validated on, and what it was measured on where that is something else.
  private var parts: [Part] {
    let measured = Part(name: "measured", counts: results.scores.map(\.support))
    guard let pictures = training.log?.picturesPerClass, pictures.classNames == results.classes,
      pictures.training.count == measured.counts.count, pictures.validation.count == measured.counts.count
    else { return [measured] }
    var parts = [Part(name: "training", counts: pictures.training)]
    if pictures.validation.contains(where: { $0 > 0 }) {
      parts.append(Part(name: "validation", counts: pictures.validation))
    }
    return parts.contains { $0.counts == measured.counts } ? parts : parts + [measured]
  }

  private func imbalance(_ counts: [Int]) -> HTML {
    guard let low = counts.filter({ $0 > 0 }).min(), let high = counts.max(), high >= 2 * low else {
      return ""
    }
    return
      " The largest class has \(rounded(Double(high) / Double(low), decimals: 1)) times the pictures of the smallest."
  }

  private var skipped: HTML {
    var reasons = measurement.skipped.map(\.reason)
    for reason in training.log?.picturesPerClass.skipped ?? [] where !reasons.contains(reason) {
      reasons.append(reason)
    }
    guard !reasons.isEmpty else { return "<p class=\"note\">No picture was left out.</p>\n" }
    let lines: [HTML] = reasons.prefix(Self.mostSkipped).map { "<li>\($0.shortened(to: 240))</li>\n" }
    let more = reasons.count - lines.count
    let rest: HTML = more > 0 ? "<li>and \(more.grouped) more</li>\n" : ""
    return
      "<p class=\"note\">\(reasons.count.grouped) left out as unreadable:</p>\n<ul class=\"reasons\">\n\(lines)\(rest)</ul>\n"
  }
}
