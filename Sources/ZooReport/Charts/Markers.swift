/// The colours and shapes that tell classes apart: nine pairs, so that no one needs to see colours.
enum Marker {
  static let count = 9

  /// The number of the marker of classes that are not told apart.
  static let other = 9

  /// - Parameter isHollow: an outline only.
  static func shape(_ number: Int, at x: Double, _ y: Double, isHollow: Bool, title: String = "") -> HTML {
    let name: HTML = title.isEmpty ? "" : "<title>\(title)</title>"
    let kind = "m m\(min(number, other))" + (isHollow ? " hollow" : "")
    if number == 0 || number >= other {
      return "<circle class=\"\(kind)\" cx=\"\(x)\" cy=\"\(y)\" r=\"4\">\(name)</circle>\n"
    }
    return
      "<path class=\"\(kind)\" transform=\"translate(\(x) \(y))\" d=\"\(paths[number - 1])\">\(name)</path>\n"
  }

  private static let paths = [
    "M-3.6-3.6h7.2v7.2h-7.2z",  // square
    "M0-4.6L4.4 3.4H-4.4z",  // triangle
    "M0-5L5 0 0 5-5 0z",  // diamond
    "M0 4.6L4.4-3.4H-4.4z",  // triangle pointing down
    "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",  // plus
    "M0-4.8L4.6-1.5 2.8 4H-2.8L-4.6-1.5z",  // pentagon
    "M-4.4-2.3L-2.3-4.4 0-2.1 2.3-4.4 4.4-2.3 2.1 0 4.4 2.3 2.3 4.4 0 2.1-2.3 4.4-4.4 2.3-2.1 0z",  // cross
    "M-5-2.5H5V2.5H-5z",  // bar
  ]

  static func legend(_ entries: [(number: Int, name: String)]) -> HTML {
    let items: [HTML] = entries.map { entry in
      """
      <li><svg class="key" viewBox="-7 -7 14 14" aria-hidden="true">\
      \(shape(entry.number, at: 0, 0, isHollow: false))</svg>\(entry.name)</li>

      """
    }
    return "<ul class=\"legend\">\n\(items)</ul>\n"
  }
}
