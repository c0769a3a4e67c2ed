import Synchronization
import ZooGraph
import ZooSystem

extension ZooFile {
  /// Calls `body` with the bytes of a tensor, little-endian and row-major, in pieces of up to 256 KiB in order.
  /// Checksums are checked.
  ///
  /// - Throws: `FileError` when a chunk is damaged, what `body` throws, and `CancellationError` in a task that is
  ///   cancelled.
  public func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var piece: [UInt8] = []
    for chunk in ranges[index] {
      try Task.checkCancellation()
      try file.withBytes { bytes in
        let stored = try storedBytes(chunk, of: index, in: bytes)
        if chunks[chunk].codec == .stored { return try body(stored) }
        if piece.isEmpty { piece = [UInt8](repeating: 0, count: Index.chunkSize) }
        try piece.withUnsafeMutableBytes { room in
          let raw = UnsafeMutableRawBufferPointer(rebasing: room[..<chunks[chunk].rawLength])
          try decode(chunk, of: index, stored, into: raw)
          try body(UnsafeRawBufferPointer(raw))
        }
      }
      file.release(chunks[chunk].offset..<(chunks[chunk].offset + chunks[chunk].storedLength))
    }
  }

  /// All bytes of a tensor in `buffer`, which must be as long; decoded on all cores.
  func read(_ index: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    let range = ranges[index]
    let failure = Mutex<FileError?>(nil)
    nonisolated(unsafe) let buffer = buffer
    Threads.forEach(range.count) { position in
      let chunk = range.lowerBound + position
      let start = position * Index.chunkSize
      let raw = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<(start + chunks[chunk].rawLength)])
      do throws(FileError) {
        try file.withBytes { bytes throws(FileError) in
          try decode(chunk, of: index, try storedBytes(chunk, of: index, in: bytes), into: raw)
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Checks the checksums of all chunks of a tensor, on all cores.
  func check(_ index: Int) throws(FileError) {
    let range = ranges[index]
    let failure = Mutex<FileError?>(nil)
    Threads.forEach(range.count) { position in
      do throws(FileError) {
        try file.withBytes { bytes throws(FileError) in
          _ = try storedBytes(range.lowerBound + position, of: index, in: bytes)
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func storedBytes(
    _ chunk: Int, of index: Int, in bytes: UnsafeRawBufferPointer
  ) throws(FileError) -> UnsafeRawBufferPointer {
    let entry = chunks[chunk]
    let stored = UnsafeRawBufferPointer(rebasing: bytes[entry.offset..<(entry.offset + entry.storedLength)])
    guard crc32(of: stored) == entry.crc else {
      throw .damaged(
        path,
        "tensor '\(tensors[index].name)', chunk \(chunk - ranges[index].lowerBound): the checksum is wrong")
    }
    return stored
  }

  private func decode(
    _ chunk: Int, of index: Int, _ stored: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer
  ) throws(FileError) {
    guard chunks[chunk].codec.decode(stored, into: raw, elementSize: tensors[index].type.size) else {
      throw .damaged(
        path, "tensor '\(tensors[index].name)', chunk \(chunk - ranges[index].lowerBound) cannot be decoded")
    }
  }
}

extension ZooFile: WeightSource {
  /// Straight from the mapped file where the tensor is stored plain as float32. Its pages are given back
  /// afterwards, as whoever reads weights makes a copy of their own.
  public func withWeight<Result>(
    layer: String, weight: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    guard let index = index(layer: layer, weight: weight) else {
      throw FileError(path, "has no tensor '\(layer)/\(weight)'")
    }
    let info = tensors[index]
    guard let byteCount = info.byteCount else {
      throw FileError.damaged(path, "'\(info.name)' is too large")
    }
    if info.type == .float32, ranges[index].allSatisfy({ chunks[$0].codec == .stored }) {
      try check(index)
      let start = ranges[index].first.map { chunks[$0].offset } ?? 0
      defer { file.release(start..<(start + byteCount)) }
      return try file.withBytes { bytes in
        try body(
          UnsafeRawBufferPointer(rebasing: bytes[start..<(start + byteCount)]).bindMemory(to: Float.self))
      }
    }
    let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    defer { raw.deallocate() }
    let bytes = UnsafeMutableRawBufferPointer(rebasing: raw[..<byteCount])
    try read(index, into: bytes)
    if info.type == .float32 { return try body(UnsafeBufferPointer(bytes.bindMemory(to: Float.self))) }
    let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(byteCount / info.type.size, 1))
    defer { floats.deallocate() }
    let values = UnsafeMutableBufferPointer(rebasing: floats[..<(byteCount / info.type.size)])
    info.type.convert(UnsafeRawBufferPointer(bytes), to: values)
    return try body(UnsafeBufferPointer(values))
  }
}
