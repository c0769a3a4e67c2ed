import ZooSystem

/// A table of comma-separated values (RFC 4180: fields may be quoted, quotes in them are doubled; UTF-8, with or
/// without a byte order mark, lines ended in any way). Empty lines are passed over.
public struct CSVReader: Sendable {
  /// A line of the table.
  public struct Row: Sendable, Equatable {
    /// Where the row begins in the file, counted from 1.
    public var line: Int
    /// In the order of the columns.
    public var fields: [String]
  }

  /// The names of the columns: the first row.
  public let header: Row
  /// After the header, in their order.
  public let rows: [Row]

  /// Reads a whole file.
  ///
  /// - Throws: `FileError` that names the line of the first row which has not as many fields as the header, or
  ///   is no CSV; for files above 256 MB.
  public init(_ path: String) throws(FileError) {
    var scanner = Scanner(try InputFile.contents(of: path, limit: 1 << 28))
    var rows: [Row] = []
    do throws(Malformed) {
      while let row = try scanner.next() { rows.append(row) }
    } catch {
      throw FileError(path, "line \(error.line): \(error.reason)")
    }
    guard let header = rows.first else { throw FileError(path, "is empty; expected a header line") }
    if let odd = rows.first(where: { $0.fields.count != header.fields.count }) {
      throw FileError(
        path, "line \(odd.line): has \(odd.fields.count) fields, the header has \(header.fields.count)")
    }
    self.header = header
    self.rows = Array(rows.dropFirst())
  }
}

private struct Malformed: Error {
  var line: Int
  var reason: String
}

private struct Scanner {
  private let bytes: [UInt8]
  private var position: Int
  private var line = 1

  private static let (quote, comma) = (UInt8(ascii: "\""), UInt8(ascii: ","))
  private static let (newline, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The next row that is not empty.
  mutating func next() throws(Malformed) -> CSVReader.Row? {
    while position < bytes.count {
      let row = try row()
      if row.fields != [""] { return row }
    }
    return nil
  }

  private mutating func row() throws(Malformed) -> CSVReader.Row {
    var row = CSVReader.Row(line: line, fields: [try field()])
    while position < bytes.count, bytes[position] == Self.comma {
      position += 1
      row.fields.append(try field())
    }
    endLine()
    return row
  }

  private mutating func field() throws(Malformed) -> String {
    let start = line
    let content = try position < bytes.count && bytes[position] == Self.quote ? quoted() : plain()
    guard let text = String(validating: content, as: UTF8.self) else {
      throw Malformed(line: start, reason: "is not UTF-8")
    }
    return text
  }

  private mutating func plain() -> [UInt8] {
    let rest = bytes[position...]
    let end =
      rest.firstIndex { $0 == Self.comma || $0 == Self.newline || $0 == Self.carriageReturn } ?? rest.endIndex
    defer { position = end }
    return Array(bytes[position..<end])
  }

  private mutating func quoted() throws(Malformed) -> [UInt8] {
    let start = line
    var content: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == Self.quote {
        guard position < bytes.count, bytes[position] == Self.quote else { return try endQuoted(content) }
        position += 1
      }
      if byte == Self.newline { line += 1 }
      content.append(byte)
    }
    throw Malformed(line: start, reason: "a quoted field does not end")
  }

  private func endQuoted(_ content: [UInt8]) throws(Malformed) -> [UInt8] {
    guard
      position == bytes.count || [Self.comma, Self.newline, Self.carriageReturn].contains(bytes[position])
    else {
      throw Malformed(line: line, reason: "there is something between a quoted field and the next comma")
    }
    return content
  }

  private mutating func endLine() {
    guard position < bytes.count else { return }
    if bytes[position] == Self.carriageReturn { position += 1 }
    if position < bytes.count, bytes[position] == Self.newline { position += 1 }
    line += 1
  }
}
