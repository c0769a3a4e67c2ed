import FoundationEssentials
import ZooSystem

/// Writes a file with a JSON value in each line. Without `finish()` no file appears.
public final class JSONLinesWriter {
  private let file: AtomicFile
  private let encoder = JSONEncoder()
  private var buffer: [UInt8] = []

  /// - Throws: `FileError` when the file cannot be created.
  public init(_ path: String) throws(FileError) {
    file = try AtomicFile(path)
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // JSON has no such numbers.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  }

  /// Writes a value as a line.
  public func append(_ value: some Encodable) throws {
    buffer += try encoder.encode(value)
    buffer.append(UInt8(ascii: "\n"))
    guard buffer.count >= 1 << 16 else { return }
    try flush()
  }

  /// Writes what is left and gives the file its name.
  public func finish() throws(FileError) {
    try flush()
    try file.commit()
  }

  private func flush() throws(FileError) {
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
