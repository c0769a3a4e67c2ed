import ZooSystem

/// The first 64 bytes; see FORMAT.md.
struct Header: Equatable {
  static let size = 64
  /// Breaks under any transfer that alters line ends, as PNG's does.
  static let magic: [UInt8] = [0x89, 0x5A, 0x4F, 0x4F, 0x0D, 0x0A, 0x1A, 0x0A]
  static let major: UInt16 = 1
  static let minor: UInt16 = 0

  var indexOffset: Int
  var indexLength: Int
  var indexCRC: UInt32

  var fileLength: Int { indexOffset + indexLength }

  var bytes: [UInt8] {
    var out = ByteWriter()
    out.bytes = Self.magic
    out.put(Self.major)
    out.put(Self.minor)
    out.put(UInt32(0))  // Incompatible features.
    out.put(UInt32(0))  // Compatible features.
    out.put(UInt32(0))
    out.put(UInt64(indexOffset))
    out.put(UInt64(indexLength))
    out.put(UInt64(fileLength))
    out.put(indexCRC)
    out.put(UInt32(0))
    out.put(UInt32(0))
    out.put(out.bytes.withUnsafeBytes { crc32(of: $0) })
    return out.bytes
  }

  /// Reads and checks the header of a file of `size` bytes.
  init(_ bytes: [UInt8], fileSize: Int, path: String) throws(FileError) {
    try Self.checkMagic(bytes, path: path)
    guard bytes.count == Self.size else {
      throw FileError(
        path, "is cut off: \(fileSize.grouped) bytes, less than a header", advice: "copy or convert it again"
      )
    }
    var reader = ByteReader(bytes, at: Self.magic.count)
    let (major, minor) = (reader.take(UInt16.self), reader.take(UInt16.self))
    guard major == Self.major else {
      throw FileError(
        path, "is in format \(major).\(minor); this program reads 1.x", advice: "use a newer zoo")
    }
    let incompatible = reader.take(UInt32.self)
    _ = reader.take(UInt32.self)
    let reserved = reader.take(UInt32.self)
    let (offset, length, total) = (
      reader.take(UInt64.self), reader.take(UInt64.self), reader.take(UInt64.self)
    )
    indexCRC = reader.take(UInt32.self)
    let tail = reader.take(UInt64.self)
    guard reader.take(UInt32.self) == bytes[..<60].withUnsafeBytes({ crc32(of: $0) }) else {
      throw .damaged(path, "the header's checksum is wrong")
    }
    guard incompatible == 0 else {
      throw FileError(
        path, "needs features this program does not have (bits \(String(incompatible, radix: 16)))",
        advice: "use a newer zoo")
    }
    guard let indexOffset = Int(exactly: offset), let indexLength = Int(exactly: length),
      let fileLength = Int(exactly: total), indexOffset >= Self.size, indexLength >= 8,
      indexLength <= Index.maximumLength, fileLength >= indexLength,
      indexOffset == fileLength - indexLength, indexOffset % alignment == 0, reserved == 0, tail == 0
    else { throw .damaged(path, "the header contradicts itself") }
    guard fileSize >= fileLength else {
      throw FileError(
        path, "is cut off: \(fileSize.grouped) of \(fileLength.grouped) bytes",
        advice: "copy or convert it again")
    }
    guard fileSize == fileLength else {
      throw .damaged(path, "\((fileSize - fileLength).grouped) bytes too many at the end")
    }
    self.indexOffset = indexOffset
    self.indexLength = indexLength
  }

  init(indexOffset: Int, indexLength: Int, indexCRC: UInt32) {
    self.indexOffset = indexOffset
    self.indexLength = indexLength
    self.indexCRC = indexCRC
  }

  private static func checkMagic(_ bytes: [UInt8], path: String) throws(FileError) {
    if bytes.starts(with: magic) { return }
    if magic.starts(with: bytes) {
      throw FileError(
        path, "is cut off: \(bytes.count) bytes, less than a header", advice: "copy or convert it again")
    }
    if bytes.dropFirst().starts(with: [0x5A, 0x4F, 0x4F]) {
      throw FileError(
        path, "was altered in transfer: line ends or the eighth bit have changed",
        advice: "transfer it again in binary mode")
    }
    throw FileError(path, isNot: "a .zoo file", head: bytes, advice: "make one with 'zoo convert'")
  }
}

/// Tensors and the index start at multiples of this.
let alignment = 64

/// `offset` rounded up to the alignment.
func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

/// Little-endian numbers into bytes.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func put(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}

/// Little-endian numbers out of bytes. Beyond the end it reads zeros: the caller has checked the length.
struct ByteReader {
  private let bytes: [UInt8]
  private var position: Int

  init(_ bytes: [UInt8], at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  mutating func take<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type) -> Number {
    var value: Number = 0
    for index in 0..<(Number.bitWidth / 8) where position + index < bytes.count {
      value |= Number(bytes[position + index]) << Number(8 * index)
    }
    position += Number.bitWidth / 8
    return value
  }
}
