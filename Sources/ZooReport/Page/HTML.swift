import ZooSystem

/// A piece of a page. What is interpolated is escaped, unless it is a piece of a page itself, so that names of
/// files and classes cannot become anything but text.
public struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// As it goes into the page.
  public private(set) var text: String

  /// What is written in the program is taken as it is.
  public init(stringLiteral text: String) { self.text = text }

  /// What is put in is escaped.
  public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// One after the other.
  public init(joining parts: [HTML], by separator: String = "") {
    text = parts.map(\.text).joined(separator: separator)
  }

  static func + (left: HTML, right: HTML) -> HTML { HTML(joining: [left, right]) }

  /// Gathers text with values in it.
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    /// An empty one.
    public init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }

    /// Takes text as it is.
    public mutating func appendLiteral(_ literal: String) { text += literal }
    /// Escapes text.
    public mutating func appendInterpolation(_ string: String) { text += escaped(string) }
    /// Writes a number.
    public mutating func appendInterpolation(_ number: Int) { text += String(number) }
    /// Takes what has been escaped already.
    public mutating func appendInterpolation(_ html: HTML) { text += html.text }
    /// Takes parts one after the other.
    public mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { text += part.text } }
    /// A coordinate, to a tenth.
    public mutating func appendInterpolation(_ number: Double) { text += rounded(number, decimals: 1) }
  }
}

/// For element content and quoted attributes; control characters become spaces.
func escaped(_ text: String) -> String {
  var result = ""
  result.reserveCapacity(text.utf8.count)
  for scalar in text.printable.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

extension String {
  /// At most `length` characters, the middle left out.
  func shortened(to length: Int) -> String {
    guard count > length, length > 1 else { return self }
    return prefix((length - 1) / 2) + "…" + suffix(length - 1 - (length - 1) / 2)
  }
}

/// Class names in a row; `nothing` where there are none.
func listed(_ names: [String]) -> String {
  let shown = names.prefix(6).map { $0.shortened(to: 60) }
  let more = names.count - shown.count
  return names.isEmpty ? "nothing" : shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
}
