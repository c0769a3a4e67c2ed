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
      if try bytes(of: file, at: offset, count: signature.count) == signature { return offset }
      offset = offset == 0 ? 512 : offset * 2
    }
    return nil
  }

  /// How long the file should be, by its superblock; `nil` when that is incomplete. Layouts: "HDF5 File
  /// Format Specification Version 3.0", section II.A.
  private static func declaredEnd(in file: InputFile, superblock: Int) throws(FileError) -> UInt64? {
    let head = try bytes(of: file, at: superblock, count: min(64, file.size - superblock))
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

  private static func bytes(of file: InputFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    return try file.bytes(at: offset, count: count)
  }

  /// Says what a file without a superblock looks like.
  private static func stranger(_ file: InputFile) throws(FileError) -> FileError {
    let head = try bytes(of: file, at: 0, count: min(512, file.size))
    let text = String(decoding: head, as: UTF8.self).lowercased()
    let body = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    if text.hasPrefix("version https://git-lfs") {
      return FileError(
        file.path, "is a Git LFS pointer, not the file itself", advice: "run 'git lfs pull' in its folder")
    }
    if body.hasPrefix("<?xml") && !body.contains("<html") {
      return FileError(
        file.path, "is an XML document, not HDF5: the server answered with an error", advice: downloadAgain)
    }
    if body.hasPrefix("<") {
      return FileError(file.path, "is a web page, not HDF5", advice: downloadAgain)
    }
    if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      return FileError(
        file.path, "is a zip archive, not HDF5", advice: "if it is a Keras 3 model, name it .keras")
    }
    if head.starts(with: [0x89, 0x5A, 0x4F, 0x4F]) {
      return FileError(
        file.path, "is a .zoo file already, not HDF5", advice: "give the Keras file it was converted from")
    }
    if head.starts(with: [0x1F, 0x8B]) {
      return FileError(file.path, "is compressed with gzip, not HDF5", advice: "unpack it with gunzip")
    }
    if head.starts(with: signature.prefix(4)) || head.starts(with: signature.dropFirst().prefix(3)) {
      return FileError(
        file.path, "was damaged by a transfer in text mode", advice: "copy it again in binary mode")
    }
    let printable = head.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
    return FileError(
      file.path, printable ? "is a text file, not HDF5" : "is not an HDF5 file",
      advice: "give a Keras .h5 file, or download it again")
  }
}
