import Glibc
import ZooGraph
import ZooSystem

/// Writes several arrays into one `.npz` file that `numpy.load` opens. Arrays are kept in temporary files
/// beside it until `finish()`, so memory stays constant; without `finish()` no file appears.
public final class NpzWriter {
  private let path: String
  private let archive: ZipWriter
  private var arrays: [(name: String, rows: NpyRows)] = []
  private var complete: [(name: String, file: AtomicFile)] = []

  /// - Throws: `FileError` when the file cannot be created.
  public init(_ path: String) throws(FileError) {
    self.path = path
    archive = try ZipWriter(path)
  }

  /// Starts an array of shape `[number of rows] + rowShape`; several may grow at the same time.
  public func rows(
    _ name: String, type: ElementType = .float32, rowShape: [Int]
  ) throws(FileError) -> NpyRows {
    try keep(name, NpyRows(AtomicFile(path), .number(type), rowShape: rowShape))
  }

  /// Adds an array of whole rows.
  public func add<Element: ArrayElement>(
    _ name: String, _ values: [Element], rowShape: [Int] = []
  ) throws(FileError) {
    let rows = try rows(name, type: Element.elementType, rowShape: rowShape)
    if !values.isEmpty { try rows.append(values) }
  }

  /// Adds an array of known shape: `body` appends its little-endian elements in C order, in pieces of any size.
  ///
  /// - Throws: `FileError` when they are more or fewer than the shape says, and what `body` throws.
  public func add(
    _ name: String, _ type: ElementType, shape: [Int], _ body: (NpyElements) throws -> Void
  ) throws {
    try check(name)
    let elements = try NpyElements(AtomicFile(path), type, shape: shape)
    try body(elements)
    try elements.finish()
    complete.append((name, elements.file))
  }

  /// Adds a one-dimensional array of text: paths, class names.
  public func add(_ name: String, text: [String]) throws(FileError) {
    try keep(name, NpyRows(AtomicFile(path), text: text))
  }

  /// Completes the arrays, writes the archive and gives it its name.
  public func finish() throws(FileError) {
    for array in arrays {
      try array.rows.seal()
      try archive.add(array.name + ".npy", contentsOf: array.rows.file.temporaryPath)
    }
    for array in complete {
      try archive.add(array.name + ".npy", contentsOf: array.file.temporaryPath)
    }
    try archive.finish()
    complete = []
    // Whoever fed the rows may still hold them.
    for array in arrays { unlink(array.rows.file.temporaryPath) }
  }

  @discardableResult
  private func keep(_ name: String, _ rows: NpyRows) throws(FileError) -> NpyRows {
    try check(name)
    arrays.append((name, rows))
    return rows
  }

  private func check(_ name: String) throws(FileError) {
    let isTaken = arrays.contains { $0.name == name } || complete.contains { $0.name == name }
    guard !isTaken, ZipName.isSafe(name + ".npy") else {
      throw FileError(path, "cannot have an array \(quoted(name))", advice: "give it another name")
    }
  }
}
