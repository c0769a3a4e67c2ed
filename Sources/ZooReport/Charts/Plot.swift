import ZooSystem

/// The area of a chart with its two scales, as SVG. All charts are as wide, so that their text is as large.
struct Plot {
  static let width = 440.0
  let height: Double
  let x: Axis
  let y: Axis

  private static let (right, bottom) = (12.0, 42.0)
  /// Where the area begins: beside the labels of the upright scale and its title.
  private let left: Double

  /// Room for words above the area.
  private let top: Double

  /// - Parameter top: room for words above the area.
  init(_ x: Axis, _ y: Axis, height: Double = 280, top: Double = 22) {
    self.top = top
    self.x = x
    self.y = y
    self.height = height
    left = 31 + 7 * Double(y.ticks.map { y.label($0).count }.max() ?? 0)
  }

  var lowest: Double { height - Self.bottom }
  var highest: Double { top }

  /// Where a point is drawn; `nil` for values that are not finite.
  func point(_ x: Double, _ y: Double) -> (x: Double, y: Double)? {
    guard let across = horizontal(x), let up = self.y.place(of: y) else { return nil }
    return (across, lowest - up * (lowest - highest))
  }

  func horizontal(_ value: Double) -> Double? {
    x.place(of: value).map { left + $0 * (Self.width - left - Self.right) }
  }

  /// The whole chart.
  ///
  /// - Parameter description: the chart in words, for whoever does not see it.
  func svg(_ description: String, xTitle: String, yTitle: String, _ content: HTML) -> HTML {
    let middle = (highest + lowest) / 2
    return """
      <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(description)">
      \(grid)
      <text class="axis" x="\((left + Self.width - Self.right) / 2)" y="\(height - 6)">\(xTitle)</text>
      <text class="axis" transform="translate(13 \(middle)) rotate(-90)">\(yTitle)</text>
      \(content)
      </svg>
      """
  }

  private var grid: HTML {
    let across: [HTML] = y.ticks.compactMap { tick in
      guard let place = y.place(of: tick) else { return nil }
      let at = lowest - place * (lowest - highest)
      return """
        <line class="grid" x1="\(left)" x2="\(Self.width - Self.right)" y1="\(at)" y2="\(at)"/>\
        <text class="tick end" x="\(left - 7)" y="\(at + 4)">\(y.label(tick))</text>

        """
    }
    let below: [HTML] = x.ticks.compactMap { tick in
      guard let at = horizontal(tick) else { return nil }
      return "<text class=\"tick\" x=\"\(at)\" y=\"\(lowest + 18)\">\(x.label(tick))</text>\n"
    }
    return "\(across)\(below)"
  }

  /// A line through points, broken where a value is not finite.
  func line(_ points: [(x: Double, y: Double)], kind: String) -> HTML {
    var runs: [[String]] = [[]]
    for value in points {
      if let place = point(value.x, value.y) {
        runs[runs.count - 1].append("\(rounded(place.x, decimals: 1)),\(rounded(place.y, decimals: 1))")
      } else if runs.last?.isEmpty == false {
        runs.append([])
      }
    }
    let lines: [HTML] = runs.filter { $0.count > 1 }.map {
      "<polyline class=\"\(kind)\" points=\"\($0.joined(separator: " "))\"/>\n"
    }
    return HTML(joining: lines)
  }
}
