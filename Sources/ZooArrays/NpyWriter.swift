import ZooGraph
import ZooSystem

/// A `.npy` array on its way to the disk, row by row, in constant memory. The number of rows need not be known.
public final class NpyRows {
  /// Whole rows written so far.
  public private(set) var count = 0
  let file: AtomicFile
  private let element: NpyHeader.Element
  private let rowShape: [Int]
  private let rowBytes: Int

  init(_ file: AtomicFile, _ element: NpyHeader.Element, rowShape: [Int]) throws(FileError) {
    guard let header = NpyHeader.encode(element, rows: 0, rowShape: rowShape),
      let rowBytes = byteCount(of: rowShape, elementSize: element.size)
    else {
      throw FileError(
        file.path, "NumPy has no arrays of \(element) with rows of shape \(rowShape)",
        advice: "choose float32")
    }
    self.file = file
    self.element = element
    self.rowShape = rowShape
    self.rowBytes = rowBytes
    try file.write(header)
  }

  /// Appends whole rows of little-endian elements in C order.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    guard rowBytes > 0, bytes.count.isMultiple(of: rowBytes) else {
      throw FileError(file.path, "rows of \(rowBytes) bytes cannot be made of \(bytes.count)")
    }
    try file.write(bytes)
    count += bytes.count / rowBytes
  }

  /// Appends whole rows.
  public func append<Element: ArrayElement>(_ values: UnsafeBufferPointer<Element>) throws(FileError) {
    guard element == .number(Element.elementType) else {
      throw FileError(file.path, "holds \(element), not \(Element.elementType.rawValue)")
    }
    try append(UnsafeRawBufferPointer(values))
  }

  /// Appends whole rows.
  public func append<Element: ArrayElement>(_ values: [Element]) throws(FileError) {
    try values.withUnsafeBufferPointer { values throws(FileError) in try append(values) }
  }

  /// Writes the number of rows into the header.
  func seal() throws(FileError) {
    guard let header = NpyHeader.encode(element, rows: count, rowShape: rowShape) else { return }
    try file.write(header, at: 0)
  }
}

extension NpyRows {
  /// A one-dimensional array of text, as wide as the longest.
  convenience init(_ file: AtomicFile, text strings: [String]) throws(FileError) {
    let width = max(1, strings.reduce(0) { max($0, $1.unicodeScalars.count) })
    try self.init(file, .text(width: width), rowShape: [])
    var piece: [UInt32] = []
    for string in strings {
      let scalars = string.unicodeScalars.map(\.value)
      piece += scalars
      piece += repeatElement(0, count: width - scalars.count)
      if piece.count >= 1 << 16 {
        try appendUnits(piece)
        piece.removeAll(keepingCapacity: true)
      }
    }
    if !piece.isEmpty { try appendUnits(piece) }
  }

  private func appendUnits(_ units: [UInt32]) throws(FileError) {
    try withBytes(of: units) { bytes throws(FileError) in try append(bytes) }
  }
}

/// A `.npy` array of known shape on its way to the disk, in pieces of any size.
public final class NpyElements {
  let file: AtomicFile
  private let headerSize: Int
  private let expected: Int

  init(_ file: AtomicFile, _ type: ElementType, shape: [Int]) throws(FileError) {
    guard let rows = shape.first, let expected = byteCount(of: shape, elementSize: type.size),
      let header = NpyHeader.encode(.number(type), rows: rows, rowShape: Array(shape.dropFirst()))
    else {
      throw FileError(
        file.path, "NumPy has no arrays of \(type.rawValue) with the shape \(shape)",
        advice: "choose float32")
    }
    self.file = file
    self.expected = expected
    headerSize = header.count
    try file.write(header)
  }

  /// Appends little-endian elements in C order.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    guard bytes.count <= expected - (file.position - headerSize) else {
      throw FileError(file.path, "an array of \(expected) bytes has no room for more")
    }
    try file.write(bytes)
  }

  func finish() throws(FileError) {
    let count = file.position - headerSize
    guard count == expected else {
      throw FileError(file.path, "only \(count) of \(expected) bytes of an array were written")
    }
    try file.endWriting()
  }
}

/// Writes a `.npy` file that `numpy.load` opens, memory-mapped too. Without `finish()` no file appears.
public final class NpyWriter {
  /// Where the rows go.
  public let rows: NpyRows

  /// Starts an array of shape `[number of rows] + rowShape`.
  public init(_ path: String, type: ElementType = .float32, rowShape: [Int]) throws(FileError) {
    rows = try NpyRows(AtomicFile(path), .number(type), rowShape: rowShape)
  }

  /// Starts a one-dimensional array of text; complete but for `finish()`.
  public init(_ path: String, text: [String]) throws(FileError) {
    rows = try NpyRows(AtomicFile(path), text: text)
  }

  /// Completes the header and gives the file its name.
  public func finish() throws(FileError) {
    try rows.seal()
    try rows.file.commit()
  }
}
