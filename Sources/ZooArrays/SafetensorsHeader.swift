import ZooGraph
import ZooSystem

/// Parses the JSON header of a safetensors file. The parser knows only what the format allows, so it never
/// recurses, keeps the order of the keys and sees keys that come twice.
///
/// Source: the format description of the safetensors project, "Format".
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var type: ElementType
    var shape: [Int]
    var start: Int
    var end: Int
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]
  private let path: String
  private var scanner: ByteScanner

  init(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    self.path = path
    scanner = ByteScanner(bytes)
    var names: Set<String> = []
    try object { header, name throws(FileError) in
      guard names.insert(name).inserted else { throw header.malformed("tensor \(quoted(name)) comes twice") }
      if name == "__metadata__" {
        try header.readMetadata()
      } else {
        try header.readEntry(name)
      }
    }
    while scanner.next == 0x20 { _ = scanner.take() }
    guard scanner.next == nil else { throw malformed("expected the end") }
  }

  static let types: [(code: String, type: ElementType)] = [
    ("BOOL", .bool), ("U8", .uint8), ("I8", .int8), ("U16", .uint16), ("I16", .int16), ("F16", .float16),
    ("BF16", .bfloat16), ("U32", .uint32), ("I32", .int32), ("F32", .float32), ("U64", .uint64),
    ("I64", .int64),
    ("F64", .float64),
  ]

  private mutating func readMetadata() throws(FileError) {
    try object { header, key throws(FileError) in
      let value = try header.string()
      guard header.metadata.updateValue(value, forKey: key) == nil else {
        throw header.malformed("metadata \(quoted(key)) comes twice")
      }
    }
  }

  private mutating func readEntry(_ name: String) throws(FileError) {
    var code: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { header, key throws(FileError) in
      switch key {
      case "dtype" where code == nil: code = try header.string()
      case "shape" where shape == nil: shape = try header.numbers()
      case "data_offsets" where offsets == nil: offsets = try header.numbers()
      default: throw header.malformed("unknown or repeated key \(quoted(key)) in tensor \(quoted(name))")
      }
    }
    guard let code, let shape, let offsets, offsets.count == 2 else {
      throw malformed("tensor \(quoted(name)) needs dtype, shape and two data_offsets")
    }
    guard let type = Self.types.first(where: { $0.code == code })?.type else {
      throw FileError(
        path, "tensor \(quoted(name)) has the unsupported dtype \(quoted(code))",
        advice: "convert it in Python to float32 or float16")
    }
    entries.append(Entry(name: name, type: type, shape: shape, start: offsets[0], end: offsets[1]))
  }

  /// Calls `member` after each key, with the scanner before its value.
  private mutating func object(
    _ member: (inout SafetensorsHeader, String) throws(FileError) -> Void
  ) throws(FileError) {
    guard scanner.take("{") else { throw malformed("expected '{'") }
    if scanner.take("}") { return }
    repeat {
      let key = try string()
      guard scanner.take(":") else { throw malformed("expected ':'") }
      try member(&self, key)
    } while scanner.take(",")
    guard scanner.take("}") else { throw malformed("expected ',' or '}'") }
  }

  private mutating func numbers() throws(FileError) -> [Int] {
    guard scanner.take("[") else { throw malformed("expected '['") }
    if scanner.take("]") { return [] }
    var numbers: [Int] = []
    repeat {
      guard let number = scanner.takeNumber() else {
        throw malformed("expected a whole number from 0 to 2^63 - 1")
      }
      numbers.append(number)
    } while scanner.take(",")
    guard scanner.take("]") else { throw malformed("expected ',' or ']'") }
    return numbers
  }

  private mutating func string() throws(FileError) -> String {
    scanner.skipSpaces()
    guard let string = scanner.takeJSONString() else { throw malformed("expected a string") }
    return string
  }

  func malformed(_ problem: String) -> FileError {
    FileError(
      path, "has a damaged safetensors header: \(problem), at byte \(scanner.position) found \(scanner.rest)",
      advice: "download or copy it again")
  }
}

extension ByteScanner {
  /// A string in JSON (RFC 8259); `nil` if there is none, or it is not Unicode.
  mutating func takeJSONString() -> String? {
    guard take() == 0x22 else { return nil }
    var text: [UInt8] = []
    while let byte = take() {
      switch byte {
      case 0x22: return String(validating: text, as: UTF8.self)
      case 0x5C:
        guard let scalar = takeEscape() else { return nil }
        text += Array(String(scalar).utf8)
      case ..<0x20: return nil
      default: text.append(byte)
      }
    }
    return nil
  }

  private mutating func takeEscape() -> Unicode.Scalar? {
    switch take() {
    case UInt8(ascii: "\""): "\""
    case UInt8(ascii: "\\"): "\\"
    case UInt8(ascii: "/"): "/"
    case UInt8(ascii: "b"): "\u{08}"
    case UInt8(ascii: "f"): "\u{0C}"
    case UInt8(ascii: "n"): "\n"
    case UInt8(ascii: "r"): "\r"
    case UInt8(ascii: "t"): "\t"
    case UInt8(ascii: "u"): takeCodeUnits()
    default: nil
    }
  }

  /// The scalar of `XXXX` or of a surrogate pair `XXXX\uXXXX`.
  private mutating func takeCodeUnits() -> Unicode.Scalar? {
    guard let first = takeHexadecimal() else { return nil }
    guard first & 0xFC00 == 0xD800 else { return Unicode.Scalar(first) }
    guard take() == UInt8(ascii: "\\"), take() == UInt8(ascii: "u"), let second = takeHexadecimal(),
      second & 0xFC00 == 0xDC00
    else { return nil }
    return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF)
  }

  private mutating func takeHexadecimal() -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = take(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}

/// `text` as a string in JSON.
func jsonString(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": json += "\\\""
    case "\\": json += "\\\\"
    case "\u{00}"..<"\u{20}":
      let digits = String(scalar.value, radix: 16)
      json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}
