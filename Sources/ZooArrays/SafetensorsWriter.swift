import ZooGraph
import ZooSystem

/// Writes a `.safetensors` file: the tensors are declared first, then their bytes follow, tensor by tensor, in
/// constant memory. The file keeps the order. Without `finish()` no file appears.
public final class SafetensorsWriter {
  /// A tensor to be written.
  public struct Tensor: Sendable, Equatable {
    /// Its name in the file.
    public let name: String
    /// Of its values.
    public let type: ElementType
    /// From the outermost dimension to the innermost.
    public let shape: [Int]
    /// Whether dimension 0 is known only when `endRows()` is called.
    fileprivate let isGrowing: Bool

    /// A tensor to be written.
    public init(_ name: String, _ type: ElementType, _ shape: [Int]) {
      (self.name, self.type, self.shape, isGrowing) = (name, type, shape, false)
    }

    /// A tensor of shape `[number of rows] + rowShape`, ended by `endRows()`.
    public static func rows(_ name: String, _ type: ElementType, rowShape: [Int]) -> Tensor {
      Tensor(name, type, rowShape: rowShape)
    }

    private init(_ name: String, _ type: ElementType, rowShape: [Int]) {
      (self.name, self.type, shape, isGrowing) = (name, type, [0] + rowShape, true)
    }
  }

  private let file: AtomicFile
  private let tensors: [Tensor]
  private let metadata: [String: String]
  /// Bytes declared per tensor; of a row for growing ones.
  private let declared: [Int]
  private var written: [Int]
  private var current = 0
  private var headerSize = 0

  /// Declares the tensors.
  ///
  /// - Throws: `FileError` for two tensors of one name, or shapes that cannot be.
  public init(
    _ path: String, _ tensors: [Tensor], metadata: [String: String] = [:], survivesPowerFailure: Bool = true
  ) throws(FileError) {
    file = try AtomicFile(path, survivesPowerFailure: survivesPowerFailure)
    self.tensors = tensors
    self.metadata = metadata
    declared = try Self.sizes(tensors, path)
    written = declared.map { _ in 0 }
    // Growing tensors change numbers in the header that is written again by finish(): room for the longest.
    let isKnown = !tensors.contains { $0.isGrowing }
    let header = Self.header(tensors, metadata, isKnown ? declared : nil, [])
    headerSize = 8 + (header.count + 7) / 8 * 8
    guard headerSize <= SafetensorsFile.longestHeader else {
      throw FileError(
        path, "cannot be written: its header would have \(headerSize) bytes", advice: "use fewer tensors")
    }
    file.skip(headerSize)
    skipComplete()
  }

  /// Appends little-endian elements in C order to the current tensor; the next one follows when it is complete.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    guard bytes.count > 0 else { return }
    guard current < tensors.count else {
      throw FileError(file.path, "has \(bytes.count) bytes after the last tensor")
    }
    let tensor = tensors[current]
    let isTooMuch = !tensor.isGrowing && bytes.count > declared[current] - written[current]
    let isUneven =
      tensor.isGrowing && (declared[current] == 0 || !bytes.count.isMultiple(of: declared[current]))
    guard !isTooMuch, !isUneven else {
      let expected =
        tensor.isGrowing ? "rows of \(declared[current])" : "\(declared[current] - written[current])"
      throw FileError(
        file.path, "tensor \(quoted(tensor.name)) takes \(expected) more bytes, not \(bytes.count)")
    }
    try file.write(bytes)
    written[current] += bytes.count
    skipComplete()
  }

  /// Appends elements to the current tensor.
  public func append<Element: ArrayElement>(_ values: UnsafeBufferPointer<Element>) throws(FileError) {
    guard current >= tensors.count || tensors[current].type == Element.elementType else {
      throw FileError(
        file.path,
        "tensor \(quoted(tensors[current].name)) holds \(tensors[current].type.rawValue), not "
          + Element.elementType.rawValue)
    }
    try append(UnsafeRawBufferPointer(values))
  }

  /// Appends elements to the current tensor.
  public func append<Element: ArrayElement>(_ values: [Element]) throws(FileError) {
    try values.withUnsafeBufferPointer { values throws(FileError) in try append(values) }
  }

  /// Ends the current tensor, which was declared without a number of rows.
  public func endRows() throws(FileError) {
    guard current < tensors.count, tensors[current].isGrowing else {
      throw FileError(file.path, "the current tensor has no open rows")
    }
    current += 1
    skipComplete()
  }

  /// Writes the header and gives the file its name.
  ///
  /// - Throws: `FileError` when a tensor is not complete.
  public func finish() throws(FileError) {
    guard current == tensors.count else {
      let count = tensors[current].isGrowing ? "no end" : "\(written[current]) of \(declared[current]) bytes"
      throw FileError(file.path, "cannot be finished: tensor \(quoted(tensors[current].name)) has \(count)")
    }
    let rows = tensors.indices.map { tensors[$0].isGrowing ? written[$0] / max(1, declared[$0]) : 0 }
    var header = Self.header(tensors, metadata, written, rows)
    header += [UInt8](repeating: 0x20, count: max(0, headerSize - 8 - header.count))
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    try file.write(length + header, at: 0)
    try file.commit()
  }

  private func skipComplete() {
    while current < tensors.count, !tensors[current].isGrowing, written[current] == declared[current] {
      current += 1
    }
  }

  private static func sizes(_ tensors: [Tensor], _ path: String) throws(FileError) -> [Int] {
    var names: Set<String> = ["__metadata__"]
    var sizes: [Int] = []
    var total = 0
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else {
        throw FileError(path, "cannot have a tensor \(quoted(tensor.name))", advice: "give it another name")
      }
      let shape = tensor.isGrowing ? Array(tensor.shape.dropFirst()) : tensor.shape
      guard let size = byteCount(of: shape, elementSize: tensor.type.size) else {
        throw FileError(path, "tensor \(quoted(tensor.name)) has the impossible shape \(tensor.shape)")
      }
      let (sum, overflow) = total.addingReportingOverflow(size)
      guard !overflow else { throw FileError(path, "the tensors take more bytes than a file can have") }
      total = sum
      sizes.append(size)
    }
    return sizes
  }

  /// The JSON text. With `sizes` unknown, every number that may change is as long as it can be.
  private static func header(
    _ tensors: [Tensor], _ metadata: [String: String], _ sizes: [Int]?, _ rows: [Int]
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { jsonString($0.key) + ":" + jsonString($0.value) }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (index, tensor) in tensors.enumerated() {
      let code = SafetensorsHeader.types.first { $0.type == tensor.type }?.code ?? ""
      var shape = tensor.shape
      if tensor.isGrowing { shape[0] = index < rows.count ? rows[index] : .max }
      let end = sizes.map { offset + $0[index] } ?? .max
      let dimensions = shape.map(String.init).joined(separator: ",")
      members.append(
        "\(jsonString(tensor.name)):{\"dtype\":\"\(code)\",\"shape\":[\(dimensions)],"
          + "\"data_offsets\":[\(sizes == nil ? .max : offset),\(end)]}")
      offset = end
    }
    return Array("{\(members.joined(separator: ","))}".utf8)
  }
}
