/// The parts that sections are made of.
extension HTML {
  /// - Parameter id: what links lead to.
  static func section(_ id: String, _ title: String, lead: HTML, _ body: HTML) -> HTML {
    """
    <section id="\(id)" aria-labelledby="\(id)-title">
    <h2 id="\(id)-title">\(title)</h2>
    <p class="lead">\(lead)</p>
    \(body)
    </section>

    """
  }

  /// A table whose first column names the rows.
  ///
  /// - Parameter numeric: the columns of numbers, which stand on the right.
  static func table(
    _ caption: String, _ header: [String], _ rows: [[HTML]], numeric: Set<Int> = [], kind: String = ""
  ) -> HTML {
    let heads: [HTML] = header.enumerated().map { column, name in
      numeric.contains(column)
        ? "<th scope=\"col\" class=\"n\">\(name)</th>" : "<th scope=\"col\">\(name)</th>"
    }
    let lines: [HTML] = rows.map { row in
      let cells: [HTML] = row.enumerated().map { column, cell in
        if column == 0 { return "<th scope=\"row\">\(cell)</th>" }
        return numeric.contains(column) ? "<td class=\"n\">\(cell)</td>" : "<td>\(cell)</td>"
      }
      return "<tr>\(cells)</tr>\n"
    }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table class="\(kind)">
      <caption>\(caption)</caption>
      <thead><tr>\(heads)</tr></thead>
      <tbody>
      \(lines)</tbody></table></div>

      """
  }

  /// Names with their values.
  static func facts(_ facts: [(name: String, value: HTML)]) -> HTML {
    let rows: [HTML] = facts.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>\n" }
    return "<dl class=\"facts\">\n\(rows)</dl>\n"
  }

  /// A chart with its caption.
  static func figure(_ chart: HTML, caption: HTML, legend: HTML = "") -> HTML {
    "<figure>\(legend)\(chart)<figcaption>\(caption)</figcaption></figure>\n"
  }

  /// A share as a bar beside its figure.
  static func bar(_ share: Double, _ text: String) -> HTML {
    let width = share.isFinite ? min(1, max(0, share)) * 100 : 0
    return "<span class=\"bar\"><i style=\"width:\(width)%\"></i></span><span class=\"v\">\(text)</span>"
  }
}
