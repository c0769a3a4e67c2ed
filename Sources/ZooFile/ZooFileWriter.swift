import Synchronization
import ZooGraph
import ZooSystem

/// Writes a `.zoo` file tensor by tensor, in constant memory. Without `finish()` no file appears.
public final class ZooFileWriter {
  /// Written with the index, so that it may still change while tensors are written.
  public var model: ModelDescription
  private let file: AtomicFile
  private let compresses: Bool
  private var tensors: [Index.Tensor] = []
  private var chunks: [Index.Chunk] = []
  private var open: OpenTensor?

  private struct OpenTensor {
    var info: TensorInfo
    var expected: Int
    var received = 0
    var digest = Digest(.sha256)
    /// Less than a chunk, waiting for more.
    var pending: [UInt8] = []
  }

  /// - Throws: `FileError` when the file cannot be created.
  public init(_ path: String, model: ModelDescription, compress: Bool = false) throws(FileError) {
    file = try AtomicFile(path)
    file.skip(Header.size)
    self.model = model
    compresses = compress
  }

  /// Writes one tensor: `body` appends its bytes, little-endian and row-major, in pieces of any size.
  ///
  /// - Throws: `FileError` when they are more or fewer than the shape says, what `body` throws, and `CancellationError`
  ///   in a task that is cancelled.
  public func write(_ info: TensorInfo, _ body: (ZooFileWriter) throws -> Void) throws {
    try Task.checkCancellation()
    guard let expected = info.byteCount else {
      throw FileError(file.path, "tensor '\(info.name)': the shape \(info.shape) is too large")
    }
    file.skip(aligned(file.position) - file.position)
    open = OpenTensor(info: info, expected: expected)
    try body(self)
    try close()
  }

  /// Appends bytes to the tensor being written.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    guard var tensor = open else { return }
    open = nil
    tensor.received += bytes.count
    guard tensor.received <= tensor.expected else { throw mismatch(tensor) }
    var rest = bytes
    if !tensor.pending.isEmpty {
      let missing = min(Index.chunkSize - tensor.pending.count, rest.count)
      tensor.pending += rest[..<missing]
      rest = UnsafeRawBufferPointer(rebasing: rest[missing...])
      if tensor.pending.count == Index.chunkSize {
        let full = tensor.pending
        try writeChunks(full.span.bytes, of: tensor)
        tensor.pending = []
      }
    }
    let whole = rest.count / Index.chunkSize * Index.chunkSize
    if whole > 0 {
      try writeChunks(UnsafeRawBufferPointer(rebasing: rest[..<whole]).bytes, of: tensor)
    }
    tensor.pending += rest[whole...]
    open = tensor
  }

  /// Writes the index and the header and gives the file its name.
  ///
  /// - Throws: `FileError`; no file appears then.
  public func finish() throws {
    let index = Index(content: Index.Content(model: model, tensors: tensors), chunks: chunks)
    let bytes = try index.bytes()
    guard bytes.count <= Index.maximumLength, tensors.count <= Index.maximumTensors else {
      throw FileError(
        file.path, "the model has more layers, or was trained on more pictures, than a .zoo file can list")
    }
    file.skip(aligned(file.position) - file.position)
    let header = Header(
      indexOffset: file.position, indexLength: bytes.count,
      indexCRC: bytes.withUnsafeBytes { crc32(of: $0) })
    try file.write(bytes)
    try file.write(header.bytes, at: 0)
    try file.commit()
  }

  private func close() throws(FileError) {
    guard let tensor = open else { return }
    open = nil
    guard tensor.received == tensor.expected else { throw mismatch(tensor) }
    if !tensor.pending.isEmpty { try writeChunks(tensor.pending.span.bytes, of: tensor) }
    tensors.append(Index.Tensor(info: tensor.info, sha256: tensor.digest.finish()))
  }

  /// Writes chunks while the digest is computed beside.
  private func writeChunks(_ raw: borrowing RawSpan, of tensor: OpenTensor) throws(FileError) {
    let result: Result<Void, FileError> = raw.withUnsafeBytes { bytes in
      nonisolated(unsafe) let bytes = bytes
      nonisolated(unsafe) let digest = tensor.digest
      nonisolated(unsafe) let writer = self
      let elementSize = tensor.info.type.size
      let failure = Mutex<FileError?>(nil)
      Threads.forEach(2) { part in
        if part == 0 {
          digest.update(bytes)
        } else {
          do throws(FileError) {
            try writer.store(bytes, elementSize: elementSize)
          } catch {
            failure.withLock { $0 = error }
          }
        }
      }
      return failure.withLock { $0 }.map { .failure($0) } ?? .success(())
    }
    try result.get()
  }

  private func store(_ raw: UnsafeRawBufferPointer, elementSize: Int) throws(FileError) {
    for start in stride(from: 0, to: raw.count, by: Index.chunkSize) {
      let chunk = UnsafeRawBufferPointer(rebasing: raw[start..<min(start + Index.chunkSize, raw.count)])
      let (codec, packed) = compresses ? Codec.compress(chunk, elementSize: elementSize) : (.stored, [])
      if codec == .stored {
        chunks.append(
          Index.Chunk(
            offset: file.position, storedLength: chunk.count, rawLength: chunk.count, crc: crc32(of: chunk),
            codec: .stored))
        try file.write(chunk)
      } else {
        chunks.append(
          Index.Chunk(
            offset: file.position, storedLength: packed.count, rawLength: chunk.count,
            crc: packed.withUnsafeBytes { crc32(of: $0) }, codec: codec))
        try file.write(packed)
      }
    }
  }

  private func mismatch(_ tensor: OpenTensor) -> FileError {
    FileError(
      file.path,
      "tensor '\(tensor.info.name)': expected \(tensor.expected.grouped) bytes, found "
        + (tensor.received > tensor.expected ? "more" : tensor.received.grouped))
  }
}
