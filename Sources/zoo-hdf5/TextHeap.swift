import Glibc
import ZooHDF5
import ZooSystem

/// The places in a file where its texts of any length are, in "global heap collections", checked by ourselves:
/// libhdf5 1.10 crashes on wrong sizes there, and 1.14 takes some of them for right.
///
/// Format: "HDF5 File Format Specification Version 3.0", section III.E, with lengths of eight bytes.
struct TextHeap: ~Copyable {
  /// With the version and three bytes that are zero.
  private static let signature = Array("GCOL\u{1}\0\0\0".utf8)
  /// Signature and size of a collection; index, count of references, four unused bytes and size of an object.
  private static let headerSize = 16
  private static let blockSize = 1 << 20

  private let descriptor: Int32
  private let fileSize: Int

  /// Opens the file a second time, which the sandbox does not allow later.
  init(_ path: String, fileSize: Int) throws(LibraryError) {
    descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else {
      throw LibraryError("cannot use the file: \(String(cString: strerror(errno)))")
    }
    self.fileSize = fileSize
  }

  deinit { close(descriptor) }

  /// Checks all collections outside of `tensors`, whose bytes are numbers and may look like anything.
  ///
  /// - Throws: where a size is impossible.
  func check(outside tensors: [Range<Int>]) throws(LibraryError) {
    var start = 0
    for tensor in tensors.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if start < tensor.lowerBound { try check(start..<tensor.lowerBound) }
      start = max(start, tensor.upperBound)
    }
    if start < fileSize { try check(start..<fileSize) }
  }

  private func check(_ range: Range<Int>) throws(LibraryError) {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockSize) {
      // A signature may begin in one block and end in the next one.
      let end = min(start + Self.blockSize + Self.signature.count - 1, range.upperBound)
      for position in positions(in: try bytes(start..<end)) { try checkCollection(at: start + position) }
    }
  }

  /// Where signatures begin.
  private func positions(in block: [UInt8]) -> [Int] {
    block.withUnsafeBytes { block in
      var positions: [Int] = []
      var from = 0
      while from <= block.count - Self.signature.count, let base = block.baseAddress,
        let found = memchr(base + from, Int32(Self.signature[0]), block.count - from)
      {
        let position = UnsafeRawPointer(found) - base
        if block[position...].starts(with: Self.signature) { positions.append(position) }
        from = position + 1
      }
      return positions
    }
  }

  private func checkCollection(at start: Int) throws(LibraryError) {
    let size = try size(ofHeaderAt: start, room: fileSize - start)
    let end = start + size
    var object = start + Self.headerSize
    // What is left at the end may be too small for an object.
    while object + Self.headerSize <= end {
      let room = end - object
      let size = try self.size(ofHeaderAt: object, room: room)
      let index = try bytes(object..<object + 2)
      // The size of the free space, which has the index 0, counts its own header in.
      let step = index == [0, 0] ? size : Self.headerSize + (size + 7) / 8 * 8
      guard step > 0, step <= room else { throw Self.damaged(object) }
      object += step
    }
  }

  /// The second half of the header.
  private func size(ofHeaderAt offset: Int, room: Int) throws(LibraryError) -> Int {
    guard room >= Self.headerSize else { throw Self.damaged(offset) }
    let size = try bytes(offset + 8..<offset + 16).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let size = Int(exactly: size), size <= room else { throw Self.damaged(offset) }
    return size
  }

  private func bytes(_ range: Range<Int>) throws(LibraryError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    guard pread(descriptor, &bytes, range.count, range.lowerBound) == range.count else {
      throw LibraryError("it became shorter while it was read")
    }
    return bytes
  }

  private static func damaged(_ offset: Int) -> LibraryError {
    LibraryError("its texts are damaged: the size at byte \((offset + 8).grouped) is impossible")
  }
}
