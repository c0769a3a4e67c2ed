import FoundationEssentials
import ZooImage
import ZooSystem

/// The pictures on which the model does worst.
extension Report {
  var worstPictures: HTML {
    let misses = results.misses.prefix(Self.worst)
    guard !misses.isEmpty else {
      return .section("worst", "Hardest pictures", lead: "There are no pictures.", "")
    }
    let cards: [HTML] = misses.enumerated().map { card($1, number: $0) }
    let wrong = misses.count { $0.labels != $0.predicted }
    return .section(
      "worst", "Hardest pictures",
      lead: """
        The \(misses.count) pictures with the highest loss, of which \(wrong) are taken for another class. \
        Wrong labels often show up here first. \(explained)
        """,
      "<ul class=\"gallery\">\n\(cards)</ul>\n")
  }

  private var explained: HTML {
    switch explanations {
    case .known(_, let layer):
      "The heat maps show what in a picture speaks for the class that it is taken for: Grad-CAM by the layer '\(layer)'."
    case .unknown(let reason): "\(reason)"
    }
  }

  private func card(_ miss: Results.Miss, number: Int) -> HTML {
    let says: HTML =
      miss.labels == miss.predicted ? "recognised" : "taken for <b>\(listed(miss.predicted))</b>"
    let probability = miss.probability.map { "probability \(fixed($0)) · " } ?? ""
    let path = HTML(joining: shown(miss.path).split(separator: "/").map { "\(String($0))" }, by: "/<wbr>")
    return """
      <li><figure>\(image(of: miss, number))\(heatMap(of: miss, number))
      <figcaption><span>is <b>\(listed(miss.labels))</b>, \(says)</span>
      <small>\(probability)loss \(rounded(miss.loss, decimals: 2))</small>
      <small>\(path)</small></figcaption></figure></li>

      """
  }

  private func image(of miss: Results.Miss, _ number: Int) -> HTML {
    guard thumbnails.indices.contains(number), let thumbnail = thumbnails[number] else {
      return "<div class=\"frame\"><p>no longer readable</p></div>"
    }
    return frame(thumbnail, "\(shown(miss.path)), of class \(listed(miss.labels))")
  }

  private func heatMap(of miss: Results.Miss, _ number: Int) -> HTML {
    guard let map = explanations[number] else { return "" }
    return frame(map, "what speaks for \(likeliest(of: miss)) in \(shown(miss.path))")
  }

  /// The class that is explained: of a picture that none is found in, the most likely one.
  private func likeliest(of miss: Results.Miss) -> String {
    miss.predicted.count == 1 ? listed(miss.predicted) : "the likeliest class"
  }

  private func frame(_ picture: Thumbnail, _ text: String) -> HTML {
    let bytes = HTML(stringLiteral: Data(picture.jpeg).base64EncodedString())
    return """
      <div class="frame"><img src="data:image/jpeg;base64,\(bytes)" width="\(picture.width)" \
      height="\(picture.height)" alt="\(text)"></div>
      """
  }
}
