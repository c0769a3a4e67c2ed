extension Int {
  /// Decimal digits in groups of three: `102,853,048`.
  public var grouped: String {
    var digits = Array(String(magnitude))
    for position in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: position) }
    return (self < 0 ? "-" : "") + String(digits)
  }
}

extension String {
  /// With what to do about it behind: after a question without a semicolon.
  public func followed(by advice: String?) -> String {
    advice.map { self + (hasSuffix("?") ? " " : "; ") + $0 } ?? self
  }

  /// Without its middle where it is longer than `count` characters.
  public func shortened(to count: Int) -> String {
    guard utf8.count > count, self.count > count else { return self }
    return "\(prefix(count / 2)) … \(suffix(count / 2))"
  }

  /// In one line, with spaces for control characters: what comes from a file cannot command the terminal.
  public var printable: String {
    let scalars = unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
    return String(String.UnicodeScalarView(scalars))
  }
}

extension StringProtocol {
  /// Without white space at both ends.
  public var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}

/// A program and its arguments as they are typed into a shell; of the program only its name.
public func shellLine(_ words: [String]) -> String {
  let program = words.first?.split(separator: "/").last.map(String.init) ?? ""
  return ([program] + words.dropFirst().map(shellWord)).joined(separator: " ")
}

/// As a shell takes it for one word.
private func shellWord(_ word: String) -> String {
  let plain = word.unicodeScalars.allSatisfy {
    $0.properties.isAlphabetic || ("0"..."9").contains($0) || "_-./:=@%+,~".unicodeScalars.contains($0)
  }
  if plain, !word.isEmpty { return word }
  return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
