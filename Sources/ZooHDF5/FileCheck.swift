import ZooSystem

/// What can be said about a file before libhdf5 sees it.
enum FileCheck {
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let downloadAgain = "download it again"

  /// - Throws: `FileError` when the file is empty, something else than HDF5, or cut off.
  static func check(_ file: InputFile) throws(FileError) {
    guard file.size > 0 else {
      throw FileError(file.path, "is empty (0 bytes)", advice: downloadAgain)
    }
    guard let start = try superblock(in: file) else { throw try stranger(file) }
    guard let end = try declaredEnd(in: file, superblock: start) else {
      throw FileError(
        file.path, "is cut off within its HDF5 header, at \(file.size.grouped) bytes", advice: downloadAgain)
    }
    guard end <= UInt64(file.size) else {
      let expected = Int(exactly: end).map { $0.grouped } ?? "\(end)"
      throw FileError(
        file.path, "is cut off: it has \(file.size.grouped) of \(expected) bytes", advice: downloadAgain)
    }
  }

  /// HDF5 allows foreign bytes before the superblock: it is at 0, 512, 1024, 2048, …
  private static func superblock(in file: InputFile) throws(FileError) -> Int? {
    var offset = 0
    while offset <= file.size - signature.count {
      if try file.bytes(at: offset, count: signature.count) == signature { return offset }
      offset = offset == 0 ? 512 : offset * 2
    }
    return nil
  }

  /// How long the file should be, by its superblock; `nil` when that is incomplete. Layouts: "HDF5 File
  /// Format Specification Version 3.0", section II.A.
  private static func declaredEnd(in file: InputFile, superblock: Int) throws(FileError) -> UInt64? {
    let head = try file.bytes(at: superblock, count: min(64, file.size - superblock))
    guard head.count >= 16 else { return nil }
    let (width, base) =
      switch head[8] {
      case 0: (Int(head[13]), 24)
      case 1: (Int(head[13]), 28)
      default: (Int(head[9]), 12)
      }
    // Nonsense here is for the library to refuse.
    guard (1...8).contains(width) else { return UInt64(superblock) }
    // In every version one address lies between that of the base and that of the end.
    guard let baseAddress = number(in: head, at: base, width: width),
      let endAddress = number(in: head, at: base + 2 * width, width: width)
    else { return nil }
    // The base address is where the superblock was when the file was written; bytes may have been put
    // before it, or taken away, since.
    let (moved, overflow) = endAddress.addingReportingOverflow(UInt64(superblock))
    return overflow || moved < baseAddress ? endAddress : moved - baseAddress
  }

  private static func number(in bytes: [UInt8], at offset: Int, width: Int) -> UInt64? {
    guard offset + width <= bytes.count else { return nil }
    return bytes[offset..<offset + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Says what a file without a superblock looks like.
  private static func stranger(_ file: InputFile) throws(FileError) -> FileError {
    let head = try file.bytes(at: 0, count: min(512, file.size))
    if head.starts(with: signature.prefix(4)) || head.starts(with: signature.dropFirst().prefix(3)) {
      return FileError(
        file.path, "was damaged by a transfer in text mode", advice: "copy it again in binary mode")
    }
    return FileError(
      file.path, isNot: "HDF5", head: head, advice: "give a Keras .h5 file, or download it again")
  }
}
