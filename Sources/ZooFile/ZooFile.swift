import ZooGraph
import ZooSystem

/// A `.zoo` file opened for reading: what it says is checked, tensors are read when asked for. From any thread.
public final class ZooFile: Sendable {
  /// As it was opened.
  public let path: String
  /// What the file says of its model.
  public let model: ModelDescription
  /// The model's graph with all shapes.
  public let graph: ResolvedGraph
  /// In the order of the file.
  public let tensors: [TensorInfo]
  /// Lower-case hexadecimal SHA-256 of each tensor's bytes.
  public let digests: [String]
  /// In bytes.
  public var size: Int { file.count }
  let file: MappedFile
  let header: Header
  let chunks: [Index.Chunk]
  /// The chunks of each tensor.
  let ranges: [Range<Int>]
  private let positions: [String: Int]

  /// Opens a file and checks everything but the tensors' bytes, which are checked as they are read.
  ///
  /// - Throws: `FileError` when it is cut off, damaged, of another format, or its tensors do not fit its graph.
  public init(_ path: String) throws(FileError) {
    file = try MappedFile(path)
    self.path = path
    let (header, index) = try file.withBytes { bytes throws(FileError) in
      let header = try Header(Array(bytes.prefix(Header.size)), fileSize: bytes.count, path: path)
      let stored = UnsafeRawBufferPointer(rebasing: bytes[header.indexOffset...])
      guard crc32(of: stored) == header.indexCRC else {
        throw .damaged(path, "the index's checksum is wrong")
      }
      return (header, try Index(Array(stored), path: path))
    }
    self.header = header
    model = index.content.model
    chunks = index.chunks
    tensors = index.content.tensors.map(\.info)
    digests = index.content.tensors.map(\.sha256)
    guard tensors.count <= Index.maximumTensors else {
      throw .damaged(path, "it lists \(tensors.count) tensors")
    }
    ranges = try Layout(tensors: tensors, chunks: chunks, header: header, path: path).ranges
    do throws(GraphError) {
      graph = try model.graph.resolved()
    } catch {
      throw .damaged(path, "its graph is not sound: \(error)")
    }
    positions = Dictionary(
      tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    try checkTensors()
  }

  /// Whether a file is to be taken for a `.zoo` file: by its name, or as it begins as one, even if it was altered
  /// in transfer.
  public static func isMeant(by path: String) throws(FileError) -> Bool {
    if path.hasSuffix(".zoo") { return true }
    let file = try InputFile(path)
    return try file.bytes(at: 0, count: min(4, file.size)).dropFirst() == Header.magic[1..<4]
  }

  /// The position of a tensor in `tensors`.
  public func index(layer: String, weight: String) -> Int? { positions["\(layer)/\(weight)"] }

  /// Each weight of the graph is there once, in its shape, and nothing else.
  private func checkTensors() throws(FileError) {
    guard positions.count == tensors.count else { throw .damaged(path, "a tensor's name occurs twice") }
    var expected = 0
    for entry in graph.entries {
      for weight in entry.weights {
        expected += 1
        guard let index = index(layer: entry.owner, weight: weight.name) else {
          throw .damaged(path, "layer '\(entry.owner)': the weight '\(weight.name)' is missing")
        }
        guard tensors[index].shape == weight.shape else {
          throw .damaged(
            path,
            "layer '\(entry.owner)', \(weight.name): expected \(Shape(weight.shape)), found "
              + "\(Shape(tensors[index].shape))")
        }
      }
    }
    guard expected == tensors.count else {
      throw .damaged(path, "it holds tensors the graph has no place for")
    }
    if let labels = model.labels, graph.classOutput(labels: labels.count).classCount != labels.count {
      throw .damaged(path, "\(labels.count) labels for \(graph.outputShape) outputs")
    }
    if let thresholds = model.thresholds {
      let classes = graph.classOutput(labels: model.labels?.count).classCount
      guard thresholds.values.count == classes, thresholds.values.allSatisfy((0...1).contains) else {
        throw .damaged(path, "its thresholds are not \(classes) probabilities")
      }
    }
    guard
      model.preprocessing.isNone
        || model.preprocessing.suits(channels: graph.inputShape.picture?.channels ?? 1)
    else {
      throw .damaged(path, "a preprocessing '\(model.preprocessing)' for an input of \(graph.inputShape)")
    }
  }
}

/// Checks that chunks and padding fill the data area without gaps or overlaps.
private struct Layout {
  let ranges: [Range<Int>]

  init(tensors: [TensorInfo], chunks: [Index.Chunk], header: Header, path: String) throws(FileError) {
    var ranges: [Range<Int>] = []
    var next = 0
    var end = Header.size
    for tensor in tensors {
      guard let bytes = tensor.byteCount, tensor.shape.count <= 8 else {
        throw .damaged(path, "tensor '\(tensor.name)' has an impossible shape")
      }
      let count = bytes / Index.chunkSize + (bytes % Index.chunkSize == 0 ? 0 : 1)
      guard count <= chunks.count - next else { throw .damaged(path, "chunks are missing") }
      end = aligned(end)
      var rest = bytes
      for chunk in chunks[next..<(next + count)] {
        let raw = min(rest, Index.chunkSize)
        // A stored chunk is as long as it says; a packed one cannot be longer than raw planes with heads.
        let longest = chunk.codec == .stored ? raw : raw + 5 * tensor.type.size
        guard chunk.offset == end, chunk.rawLength == raw, chunk.storedLength <= longest,
          chunk.codec != .stored || chunk.storedLength == raw, chunk.storedLength > 0,
          chunk.storedLength <= header.indexOffset - end
        else { throw .damaged(path, "the chunks of tensor '\(tensor.name)' do not fit") }
        end += chunk.storedLength
        rest -= raw
      }
      ranges.append(next..<(next + count))
      next += count
    }
    guard next == chunks.count, aligned(end) == header.indexOffset else {
      throw .damaged(path, "the data area does not fit the index")
    }
    self.ranges = ranges
  }
}
