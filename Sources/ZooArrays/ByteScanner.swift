/// Reads a small text, ASCII but for its strings, byte by byte; what the header parsers share.
struct ByteScanner {
  let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The next byte without taking it; `nil` at the end.
  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpaces() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  mutating func take() -> UInt8? {
    guard let byte = next else { return nil }
    position += 1
    return byte
  }

  /// Takes `text` if it comes next, after any spaces.
  mutating func take(_ text: StaticString) -> Bool {
    skipSpaces()
    let count = text.utf8CodeUnitCount
    guard count <= bytes.count - position else { return false }
    let matches = text.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
    if matches { position += count }
    return matches
  }

  /// A non-negative decimal number without sign or leading zeros, after any spaces; `nil` if there is none or
  /// it does not fit.
  mutating func takeNumber() -> Int? {
    skipSpaces()
    let start = position
    var value = 0
    while let byte = next, byte >= 0x30, byte <= 0x39 {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(byte - 0x30))
      if overflow || carry { return nil }
      value = sum
      position += 1
    }
    let digits = position - start
    guard digits > 0, digits == 1 || bytes[start] != 0x30 else { return nil }
    return value
  }

  /// What comes next, for an error message.
  var rest: String {
    guard position < bytes.count else { return "the end" }
    return quoted(String(decoding: bytes[position...].prefix(24), as: UTF8.self))
  }
}

/// Text out of a file in quotes, made safe for one line on a terminal: control characters replaced, long
/// texts cut.
func quoted(_ text: String) -> String {
  let shown = text.unicodeScalars.prefix(100).map { scalar -> Character in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
    default: Character(scalar)
    }
  }
  return "'" + String(shown) + (text.unicodeScalars.count > 100 ? "…'" : "'")
}
