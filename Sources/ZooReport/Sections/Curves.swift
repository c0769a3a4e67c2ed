import ZooSystem
import ZooTrain

/// What each epoch brought: loss, accuracy, learning rate.
extension Report {
  var curves: HTML {
    guard case .known(let log) = training, !log.epochs.isEmpty else {
      var reason = "No epoch was finished."
      if case .unknown(let text) = training { reason = text }
      return .section("curves", "Training", lead: "\(reason)", "")
    }
    let curves = TrainingCurves(log)
    return .section(
      "curves", "Training", lead: "\(curves.summary)",
      """
      <div class="pair">
      \(curves.loss)\(curves.accuracy)</div>
      \(curves.learningRate)
      <details><summary>All epochs in numbers</summary>
      \(curves.table)</details>
      """)
  }
}

/// The charts of a training's epochs.
struct TrainingCurves {
  private let log: TrainingLog
  /// The epoch whose weights were chosen, where one was chosen by what it brought.
  private let best: Int?
  /// At most as many as a line can show.
  private let epochs: [TrainingLog.Epoch]
  private let axis: Axis

  init(_ log: TrainingLog) {
    self.log = log
    let best = log.recipe.monitor == .last ? nil : log.bestEpoch
    self.best = best
    epochs = everyNth(log.epochs, most: 600) { $0.epoch == best }
    axis = Axis(spanning: log.epochs.map { Double($0.epoch) }, whole: true)
  }

  var summary: String {
    let held = log.validationPictures > 0
    let stages = log.stages.count > 1 ? " in \(log.stages.count) stages" : ""
    let length = "\(log.epochs.count) epoch\(log.epochs.count == 1 ? "" : "s")\(stages)"
    guard log.recipe.monitor != .last else {
      return "\(length). The weights of the last one are the model's."
    }
    guard let best, let epoch = log.epochs.first(where: { $0.epoch == best }) else {
      return "\(length)."
    }
    let (part, share, loss) =
      held
      ? ("validation", epoch.validationAccuracy ?? .nan, epoch.validationLoss ?? .nan)
      : ("training", epoch.accuracy, epoch.loss)
    return
      "\(length). Epoch \(best) was the best, with a \(part) accuracy of \(percent(share)) and a loss of "
      + "\(fixed(loss)); its weights are the model's."
  }

  var loss: HTML {
    chart(
      "Loss", Axis(spanning: [0] + epochs.map(\.loss) + epochs.compactMap(\.validationLoss)), fixed,
      training: { $0.loss }, validation: { $0.validationLoss })
  }

  var accuracy: HTML {
    let values = epochs.map(\.accuracy) + epochs.compactMap(\.validationAccuracy)
    return chart(
      "Accuracy", Axis(spanning: [1] + values), percent, training: { $0.accuracy },
      validation: { $0.validationAccuracy })
  }

  private func chart(
    _ name: String, _ y: Axis, _ format: (Double) -> String, training: (TrainingLog.Epoch) -> Double,
    validation: (TrainingLog.Epoch) -> Double?
  ) -> HTML {
    let plot = Plot(axis, y, height: 280 + stageRow, top: 22 + stageRow)
    let known = epochs.map { (x: Double($0.epoch), y: training($0)) }
    let held = epochs.map { (x: Double($0.epoch), y: validation($0) ?? .nan) }
    let content: HTML = """
      \(borders(plot))\(bestLine(plot))\(plot.line(known, kind: "line train"))\(plot.line(held, kind: "line val"))\
      \(dots(plot, known, "train", format))\(dots(plot, held, "val", format))
      """
    let description =
      "\(name) by epoch. Training: from \(format(known.first?.y ?? .nan)) to \(format(known.last?.y ?? .nan))."
      + (log.validationPictures > 0
        ? " Validation: from \(format(held.first?.y ?? .nan)) to \(format(held.last?.y ?? .nan))." : "")
    return .figure(
      plot.svg(description, xTitle: "epoch", yTitle: name.lowercased(), content), caption: "\(name) by epoch",
      legend: legend)
  }

  private var legend: HTML {
    let held: HTML = log.validationPictures > 0 ? "<li><i class=\"swatch val\"></i>validation</li>" : ""
    return "<ul class=\"legend\"><li><i class=\"swatch train\"></i>training</li>\(held)</ul>"
  }

  /// Each epoch's point where there is room for it, and the best one always.
  private func dots(
    _ plot: Plot, _ points: [(x: Double, y: Double)], _ kind: String, _ format: (Double) -> String
  ) -> HTML {
    let dots: [HTML] = points.compactMap { value in
      let isBest = Int(value.x) == best
      guard points.count <= 60 || isBest, let place = plot.point(value.x, value.y) else { return nil }
      let radius = isBest ? 5.0 : points.count > 25 ? 2.0 : 3.0
      return """
        <circle class="dot \(kind)" cx="\(place.x)" cy="\(place.y)" r="\(radius)">\
        <title>epoch \(Int(value.x)): \(format(value.y))</title></circle>

        """
    }
    return HTML(joining: dots)
  }

  private func bestLine(_ plot: Plot) -> HTML {
    guard let best, let x = plot.horizontal(Double(best)) else { return "" }
    let side = x > Plot.width * 0.8 ? "tick end" : x < Plot.width * 0.2 ? "tick start" : "tick"
    return """
      <line class="best" x1="\(x)" x2="\(x)" y1="\(plot.highest - 6)" y2="\(plot.lowest)"/>\
      <text class="\(side) strong" x="\(x)" y="\(plot.highest - 10)">best</text>

      """
  }

  /// The height of a row of words for the names of stages: above the word at the best epoch, where no curve is.
  private var stageRow: Double { log.epochs.first?.stage == log.epochs.last?.stage ? 0 : 15 }

  /// Between the epochs of two stages. Names that would lie on one another are left out.
  private func borders(_ plot: Plot) -> HTML {
    let pairs = zip(log.epochs, log.epochs.dropFirst()).filter { $0.stage != $1.stage }.prefix(50)
    var free = 0.0
    let lines: [HTML] = pairs.compactMap { before, after in
      guard let x = plot.horizontal((Double(before.epoch) + Double(after.epoch)) / 2) else { return nil }
      let fitsBehind = x + Self.stageWidth < Plot.width
      let start = fitsBehind ? x : x - Self.stageWidth
      var name: HTML = ""
      if start >= free {
        free = start + Self.stageWidth
        name = """
          <text class="tick \(fitsBehind ? "start" : "end")" x="\(fitsBehind ? x + 4 : x - 4)" \
          y="\(plot.highest - 10 - stageRow)">stage \(after.stage)</text>
          """
      }
      return """
        <line class="border" x1="\(x)" x2="\(x)" y1="\(plot.highest - 6 - stageRow)" y2="\(plot.lowest)"/>\(name)

        """
    }
    return HTML(joining: lines)
  }

  /// Of "stage 12" and what is between it and the next one.
  private static let stageWidth = 56.0

  /// As a sentence where it never changes.
  var learningRate: HTML {
    let rates = epochs.map(\.learningRate)
    let positive = rates.filter { $0 > 0 }
    guard let low = positive.min(), let high = positive.max(), Set(rates).count > 1 else {
      return "<p class=\"note\">Learning rate \(String(rates.first ?? 0)) throughout.</p>\n"
    }
    let y = high / low >= 5 ? Axis(powersSpanning: positive) : Axis(spanning: [0] + rates, marks: 4)
    let plot = Plot(axis, y, height: 180 + stageRow, top: 22 + stageRow)
    // Steps, each as wide as its epoch.
    let points = epochs.flatMap { epoch in
      [-0.5, 0.5].map { side in
        (x: (Double(epoch.epoch) + side).clamped(to: axis.range), y: epoch.learningRate)
      }
    }
    let chart = plot.svg(
      "Learning rate by epoch, from \(rates.first ?? 0) to \(rates.last ?? 0).", xTitle: "epoch",
      yTitle: "learning rate", "\(borders(plot))\(bestLine(plot))\(plot.line(points, kind: "line rate"))")
    return
      "<div class=\"pair\">\(HTML.figure(chart, caption: "Learning rate at the end of each epoch"))</div>\n"
  }

  var table: HTML {
    let shown = everyNth(log.epochs, most: 200) { $0.epoch == best }
    let rows: [[HTML]] = shown.map { epoch in
      let isBest = epoch.epoch == best
      return [
        "\(epoch.epoch)\(isBest ? "<b> best</b>" : "" as HTML)", "\(epoch.stage)",
        "\(String(epoch.learningRate))",
        "\(fixed(epoch.loss))", "\(percent(epoch.accuracy))",
        "\(epoch.validationLoss.map(fixed) ?? "–")", "\(epoch.validationAccuracy.map(percent) ?? "–")",
      ]
    }
    let caption =
      shown.count < log.epochs.count
      ? "\(shown.count) of \(log.epochs.count) epochs, evenly chosen" : "Epochs"
    return .table(
      caption,
      ["epoch", "stage", "rate", "loss", "accuracy", "validation loss", "validation accuracy"], rows,
      numeric: [1, 2, 3, 4, 5, 6])
  }
}

/// Every so manieth element, so that there are at most about `most`, and those that `isKept`.
func everyNth<Element>(_ list: [Element], most: Int, _ isKept: (Element) -> Bool) -> [Element] {
  let step = max(1, (list.count + most - 1) / most)
  return list.enumerated().filter { index, element in
    index.isMultiple(of: step) || index == list.count - 1 || isKept(element)
  }.map(\.element)
}

extension Double {
  fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
