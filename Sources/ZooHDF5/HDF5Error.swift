import ZooSystem

/// What went wrong with an HDF5 file, and what to do about it. One line, made for a person to read.
public struct HDF5Error: Error, Sendable, Equatable, CustomStringConvertible {
  public var path: String
  public var reason: String
  /// The next thing to try.
  public var advice: String?

  public init(_ path: String, _ reason: String, advice: String? = nil) {
    self.path = path
    self.reason = reason
    self.advice = advice
  }

  init(_ error: FileError) {
    self.init(error.path, error.reason, advice: error.advice)
  }

  /// In one line; a name in a hostile file cannot send commands to the terminal.
  public var description: String {
    ("\(path): \(reason)" + (advice.map { "; \($0)" } ?? "")).printable
  }
}

extension Int {
  /// Decimal digits in groups of three, as in `102,853,048`.
  package var grouped: String {
    var text = ""
    for (position, digit) in String(magnitude).reversed().enumerated() {
      if position > 0, position % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (self < 0 ? "-" : "") + String(text.reversed())
  }
}

extension String {
  /// The text in one line, with spaces for control characters.
  package var printable: String {
    let scalars = unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
    return String(String.UnicodeScalarView(scalars))
  }
}
