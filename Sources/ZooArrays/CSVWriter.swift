import ZooSystem

/// Writes a table as comma-separated values (RFC 4180: quoted where needed, lines end in CRLF, UTF-8), with a
/// header row. Without `finish()` no file appears.
public final class CSVWriter {
  /// What stands in a column.
  public enum Field: Sendable, Equatable {
    /// Quoted where that is needed.
    case text(String)
    /// A whole number.
    case integer(Int)
    /// Written with the fewest digits that give the same float again.
    case float(Float)
  }

  private let file: AtomicFile
  private let columns: Int
  private var buffer: [UInt8] = []

  /// Starts a table with the names of its columns.
  public init(_ path: String, columns: [String]) throws(FileError) {
    file = try AtomicFile(path)
    self.columns = columns.count
    try append(columns.map(Field.text))
  }

  /// Appends a row: `fields`, then `values`; together one per column.
  public func append(
    _ fields: [Field], values: UnsafeBufferPointer<Float> = UnsafeBufferPointer(start: nil, count: 0)
  ) throws(FileError) {
    guard fields.count + values.count == columns else {
      throw FileError(file.path, "has \(columns) columns, not \(fields.count + values.count)")
    }
    var isFirst = true
    for field in fields {
      separate(&isFirst)
      switch field {
      case .text(let text): appendText(text)
      case .integer(let number): buffer += Array(number.description.utf8)
      case .float(let number): buffer += Array(number.description.utf8)
      }
    }
    for value in values {
      separate(&isFirst)
      buffer += Array(value.description.utf8)
    }
    buffer += [0x0D, 0x0A]
    if buffer.count >= 1 << 16 { try flush() }
  }

  /// Appends a row: `fields`, then `values`; together one per column.
  public func append(_ fields: [Field], values: [Float]) throws(FileError) {
    try values.withUnsafeBufferPointer { values throws(FileError) in try append(fields, values: values) }
  }

  /// Writes what is left and gives the file its name.
  public func finish() throws(FileError) {
    try flush()
    try file.commit()
  }

  private func separate(_ isFirst: inout Bool) {
    if !isFirst { buffer.append(UInt8(ascii: ",")) }
    isFirst = false
  }

  /// An empty text alone in its row is quoted too: the row would be an empty line, which readers skip.
  private func appendText(_ text: String) {
    let needsQuotes = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0D || $0 == 0x0A }
    guard needsQuotes || (text.isEmpty && columns == 1) else {
      buffer += Array(text.utf8)
      return
    }
    buffer.append(0x22)
    for byte in text.utf8 {
      if byte == 0x22 { buffer.append(byte) }
      buffer.append(byte)
    }
    buffer.append(0x22)
  }

  private func flush() throws(FileError) {
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
