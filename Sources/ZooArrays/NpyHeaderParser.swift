import ZooGraph
import ZooSystem

/// Parses the one Python literal a `.npy` header may be: a dictionary of `descr`, `fortran_order`, `shape`.
struct NpyHeaderParser {
  private let name: String
  private var scanner: ByteScanner

  static func parse(_ bytes: [UInt8], _ name: String) throws(FileError) -> (NpyHeader.Element, [Int]) {
    var parser = NpyHeaderParser(name: name, scanner: ByteScanner(bytes))
    return try parser.dictionary()
  }

  private mutating func dictionary() throws(FileError) -> (NpyHeader.Element, [Int]) {
    var element: NpyHeader.Element?
    var fortranOrder: Bool?
    var shape: [Int]?
    guard scanner.take("{") else { throw malformed("expected '{'") }
    while !scanner.take("}") {
      let key = try string()
      guard scanner.take(":") else { throw malformed("expected ':'") }
      switch key {
      case "descr" where element == nil: element = try elementType()
      case "fortran_order" where fortranOrder == nil: fortranOrder = try boolean()
      case "shape" where shape == nil: shape = try tuple()
      default: throw malformed("unknown or repeated key \(quoted(key))")
      }
      if scanner.take(",") { continue }
      guard scanner.take("}") else { throw malformed("expected ',' or '}'") }
      break
    }
    scanner.skipSpaces()
    guard scanner.next == nil else { throw malformed("expected the end") }
    guard let element, let fortranOrder, let shape else {
      throw malformed("expected the keys descr, fortran_order and shape")
    }
    if fortranOrder {
      throw FileError(
        name, "is stored in Fortran order, expected C order",
        advice: "in Python: numpy.save(path, numpy.ascontiguousarray(array))")
    }
    return (element, shape)
  }

  private mutating func string() throws(FileError) -> String {
    scanner.skipSpaces()
    guard let quote = scanner.take(), quote == 0x27 || quote == 0x22 else {
      throw malformed("expected a string")
    }
    var bytes: [UInt8] = []
    while let byte = scanner.take() {
      if byte == quote { return String(decoding: bytes, as: UTF8.self) }
      guard byte != 0x5C, byte >= 0x20 else { throw malformed("a string with an escape") }
      bytes.append(byte)
    }
    throw malformed("a string without end")
  }

  private mutating func boolean() throws(FileError) -> Bool {
    if scanner.take("True") { return true }
    if scanner.take("False") { return false }
    throw malformed("expected True or False")
  }

  private mutating func tuple() throws(FileError) -> [Int] {
    guard scanner.take("(") else { throw malformed("expected '('") }
    var numbers: [Int] = []
    while !scanner.take(")") {
      guard let number = scanner.takeNumber() else { throw malformed("expected a size") }
      numbers.append(number)
      if scanner.take(",") { continue }
      guard numbers.count > 1, scanner.take(")") else { throw malformed("expected ','") }
      break
    }
    // NumPy's own limit.
    guard numbers.count <= 64 else { throw malformed("\(numbers.count) dimensions") }
    return numbers
  }

  private mutating func elementType() throws(FileError) -> NpyHeader.Element {
    scanner.skipSpaces()
    if scanner.next == UInt8(ascii: "[") {
      throw unsupported("is a table with named columns", "save one column: numpy.save(path, array['column'])")
    }
    let code = try string()
    if let known = NpyHeader.codes.first(where: { $0.code == code }) { return .number(known.type) }
    if code.hasPrefix("<U"), let width = Int(code.dropFirst(2)), width > 0, width <= 1 << 24 {
      return .text(width: width)
    }
    let kind = code.drop { "<>|=".contains($0) }
    if code.hasPrefix(">") {
      throw unsupported(
        "has big-endian elements (\(quoted(code)))",
        "in Python: numpy.save(path, array.astype(array.dtype.newbyteorder('<')))")
    }
    if kind.hasPrefix("O") {
      throw unsupported("holds Python objects, which are never opened", "save plain numbers or text")
    }
    throw unsupported(
      "has elements of type \(quoted(code))",
      "convert them in Python: array.astype('float32') or .astype(str)")
  }

  private func unsupported(_ reason: String, _ advice: String) -> FileError {
    FileError(name, reason, advice: advice)
  }

  private func malformed(_ problem: String) -> FileError {
    FileError(
      name, "has a damaged .npy header: \(problem), found \(scanner.rest)",
      advice: "save it again with numpy.save")
  }
}
