import ZooEvaluate
import ZooSystem

/// Whether the probabilities can be believed.
extension Report {
  var calibration: HTML {
    let bins = results.calibration
    guard results.pictures > 0 else {
      return .section("calibration", "Calibration", lead: "There are no pictures to tell it by.", "")
    }
    let mean =
      bins.reduce(0) { $0 + $1.confidence * Double($1.pictures) } / Double(max(1, results.answers.count))
    let difference = mean - results.accuracy
    let verdict =
      abs(difference) < 0.01
      ? "On the whole the model is as sure as it is right."
      : difference > 0
        ? "On the whole the model is surer than it is right."
        : "On the whole the model is right more often than it is sure."
    return .section(
      "calibration", "Calibration",
      lead: """
        Mean confidence \(percent(mean)), accuracy \(percent(results.accuracy)). \(verdict) The expected calibration \
        error is \(percent(results.calibrationError)).
        """,
      "<div class=\"pair\">\(reliability(bins))\(histogram(bins))</div>")
  }

  private func reliability(_ bins: [Evaluation.CalibrationBin]) -> HTML {
    let plot = Plot(.share, .share, height: 340)
    let diagonal = plot.line([(0, 0), (1, 1)], kind: "ideal")
    let bars: [HTML] = bins.enumerated().compactMap { number, bin in
      guard bin.pictures > 0, let box = box(number, of: bins.count, bin.accuracy, in: plot),
        let point = plot.point(bin.confidence, bin.accuracy),
        let ideal = plot.point(bin.confidence, bin.confidence)
      else { return nil }
      let title =
        "\(counted(bin.pictures, results.answers.name)): confidence \(percent(bin.confidence)), accuracy \(percent(bin.accuracy))"
      return """
        <g><title>\(title)</title>\(box)\
        <line class="gap" x1="\(point.x)" x2="\(point.x)" y1="\(point.y)" y2="\(ideal.y)"/>\
        <circle class="dot val" cx="\(point.x)" cy="\(point.y)" r="3.5"/></g>

        """
    }
    let text =
      "Reliability diagram: accuracy by confidence. "
      + bins.filter { $0.pictures > 0 }.map { "\(percent($0.confidence)): \(percent($0.accuracy))" }.joined(
        separator: "; ")
    return .figure(
      plot.svg(text, xTitle: "confidence", yTitle: "accuracy", "\(bars)\(diagonal)"),
      caption: "Reliability: accuracy of the pictures of each confidence; on the diagonal the two agree")
  }

  private func histogram(_ bins: [Evaluation.CalibrationBin]) -> HTML {
    let shares = bins.map { Double($0.pictures) / Double(max(1, results.answers.count)) }
    let plot = Plot(.share, Axis(spanning: [0] + shares), height: 340)
    let bars: [HTML] = bins.enumerated().compactMap { number, bin in
      guard bin.pictures > 0, let box = box(number, of: bins.count, shares[number], in: plot) else {
        return nil
      }
      return
        "<g><title>\(counted(bin.pictures, results.answers.name)) (\(percent(shares[number])))</title>\(box)</g>\n"
    }
    return .figure(
      plot.svg(
        "Histogram of the highest probability; \(percent(shares.last ?? 0)) of the pictures are in the highest bin.",
        xTitle: "confidence", yTitle: "share of the pictures", "\(bars)"),
      caption: "How sure the model is: pictures by their highest probability")
  }

  private func box(_ number: Int, of count: Int, _ height: Double, in plot: Plot) -> HTML? {
    guard let low = plot.point(Double(number) / Double(count), 0),
      let high = plot.point(Double(number + 1) / Double(count), height)
    else { return nil }
    return """
      <rect class="box" x="\(low.x + 1)" y="\(high.y)" width="\(high.x - low.x - 2)" height="\(max(0, low.y - high.y))"/>
      """
  }
}
