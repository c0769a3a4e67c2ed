import ZooEvaluate
import ZooSystem

/// The pictures as the last layer sees them, on a plane.
extension Report {
  var map: HTML {
    let pictures = measurement.embeddings.pictures
    guard let components, components.explained[0] > 0 else {
      let why =
        pictures.isEmpty
        ? "There are no embeddings to show."
        : components == nil
          ? "The embeddings are not finite numbers." : "The embeddings of all pictures are the same."
      return .section("map", "Map", lead: "\(why)", "")
    }
    let shares = components.explained.map { rounded($0 * 100, decimals: 1) + " %" }
    let ofAll =
      pictures.count < results.pictures
      ? "\(pictures.count.grouped) of \(results.pictures.grouped) pictures, evenly chosen,"
      : "The pictures"
    let columns = [0, 1].map { column in
      pictures.indices.map { Double(components.coordinates[$0, column]) }
    }
    let plot = Plot(Axis(spanning: columns[0], marks: 6), Axis(spanning: columns[1], marks: 6), height: 400)
    let markers = classMarkers
    func marker(of picture: EmbeddingSample.Picture) -> Int {
      picture.labels.first.flatMap { markers[$0] } ?? Marker.other
    }
    // Grey ones first, so that they hide nothing; mistakes last.
    let order = pictures.indices.sorted { left, right in
      func rank(_ index: Int) -> Int {
        let isWrong = pictures[index].labels != pictures[index].predicted
        return (isWrong ? 2 : 0) + (marker(of: pictures[index]) == Marker.other ? 0 : 1)
      }
      return (rank(left), left) < (rank(right), right)
    }
    let points: [HTML] = order.compactMap { index in
      guard let place = plot.point(columns[0][index], columns[1][index]) else { return nil }
      return mark(pictures[index], marker(of: pictures[index]), at: place)
    }
    let chart = plot.svg(
      "Scatter plot of \(pictures.count) pictures by the first two principal components of their embeddings.",
      xTitle: "first component (\(shares[0]) of the variance)",
      yTitle: "second component (\(shares[1]))", "\(points)")
    return .section(
      "map", "Map",
      lead: """
        \(ofAll) by the features that the last layer tells classes by, projected on the two directions in which they \
        vary most. Hollow marks are pictures taken for another class.
        """,
      """
      <div class="solo">\(HTML.figure(chart, caption: "Principal components of the embeddings", legend: legend(markers)))</div>
      """)
  }

  /// The classes that are told apart: all where there are few, else those with the most mistakes.
  private var classMarkers: [Int: Int] {
    let classes = results.classes.indices.filter { results.scores[$0].support > 0 }
    func mistakes(_ index: Int) -> Double {
      Double(results.scores[index].support) * (1 - results.scores[index].recall)
    }
    let chosen =
      classes.count <= Marker.count
      ? classes : Array(classes.sorted { (mistakes($1), $0) < (mistakes($0), $1) }.prefix(Marker.count))
    return Dictionary(uniqueKeysWithValues: chosen.enumerated().map { ($1, $0) })
  }

  private func mark(_ picture: EmbeddingSample.Picture, _ number: Int, at place: (x: Double, y: Double))
    -> HTML
  {
    let isWrong = picture.labels != picture.predicted
    func names(_ classes: [Int]) -> String { listed(classes.map(className)) }
    let title =
      "\(shown(picture.path)): \(names(picture.labels))"
      + (isWrong ? ", taken for \(names(picture.predicted))" : "")
    return Marker.shape(number, at: place.x, place.y, isHollow: isWrong, title: title)
  }

  private func legend(_ markers: [Int: Int]) -> HTML {
    var entries = markers.sorted { $0.value < $1.value }.map { (number: $0.value, name: className($0.key)) }
    let others = results.scores.count { $0.support > 0 } - entries.count
    if others > 0 { entries.append((Marker.other, "\(others.grouped) other classes")) }
    return Marker.legend(entries)
  }
}
