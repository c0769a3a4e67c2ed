import ZooSystem

/// The title and the figures that matter most.
extension Report {
  var heading: HTML {
    """
    <header>
    <p class="eyebrow">Image classifier report</p>
    <h1>\(shownTitle)</h1>
    <p class="sub">\(subtitle)</p>
    <p class="\(isNewToTheModel ? "note" : "warning")">\(basis)</p>
    <dl class="tiles">
    \(tiles)</dl>
    <nav aria-label="Sections">\(links)</nav>
    </header>
    """
  }

  private var subtitle: String {
    [
      model.base ?? model.graph.name, "\(results.classes.count.grouped) classes",
      "measured on \(results.pictures.grouped) pictures", String(making.date.prefix(10)),
    ].joined(separator: " · ")
  }

  private var isNewToTheModel: Bool {
    switch measurement.knowledge {
    case .heldOut, .crossValidated: true
    case .trainedOn, .unknown: false
    }
  }

  /// On which pictures it was measured, as a sentence.
  private var basis: HTML {
    let sentence = measurement.knowledge.sentence(pictures: results.pictures, leftOut: measurement.leftOut)
    let averaged = measurement.augmentation.map { "; \($0.sentence)" } ?? ""
    return "\(sentence.prefix(1).uppercased() + sentence.dropFirst())\(averaged)."
  }

  private var links: [HTML] {
    let folds = training.log?.crossValidation == nil ? [] : [("folds", "Folds")]
    let others = [
      ("confusion", "Confusion"), ("scores", "Classes"), ("calibration", "Calibration"), ("map", "Map"),
      ("worst", "Hardest pictures"), ("data", "Data"), ("model", "Model"), ("making", "How it was made"),
    ]
    return ([("curves", "Training")] + folds + others).map { "<a href=\"#\($0)\">\($1)</a>\n" }
  }

  private var tiles: [HTML] {
    var figures = results.figures
    if let log = training.log, log.recipe.monitor != .last, let best = log.bestEpoch {
      figures.append(.init(name: "Best epoch", value: "\(best)", note: "of \(log.epochs.count)"))
    }
    return figures.map { "<div><dt>\($0.name)</dt><dd>\($0.value)<small>\($0.note)</small></dd></div>\n" }
  }
}
