import FoundationEssentials
import ZooGraph
import ZooSystem

/// The part of a `.zoo` file that tells what is in it: JSON, then a table of chunks; see FORMAT.md.
struct Index: Equatable {
  static let maximumLength = 64 << 20
  static let maximumTensors = 65_536
  /// Raw bytes of every chunk of a tensor but the last.
  static let chunkSize = 256 << 10

  struct Content: Codable, Equatable {
    var model: ModelDescription
    var tensors: [Tensor]
  }

  struct Tensor: Codable, Equatable {
    var info: TensorInfo
    /// Lower-case hexadecimal, over the raw bytes.
    var sha256: String
  }

  struct Chunk: Equatable {
    static let entrySize = 24

    var offset: Int
    var storedLength: Int
    var rawLength: Int
    /// Of the stored bytes.
    var crc: UInt32
    var codec: Codec
  }

  var content: Content
  var chunks: [Chunk]

  func bytes() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = try encoder.encode(content)
    var out = ByteWriter()
    out.put(UInt32(json.count))
    out.put(UInt32(chunks.count))
    out.bytes += json
    for chunk in chunks {
      out.put(UInt64(chunk.offset))
      out.put(UInt32(chunk.storedLength))
      out.put(UInt32(chunk.rawLength))
      out.put(chunk.crc)
      out.put(chunk.codec.rawValue)
      out.put(UInt8(0))
      out.put(UInt16(0))
    }
    return out.bytes
  }

  init(content: Content, chunks: [Chunk]) {
    self.content = content
    self.chunks = chunks
  }

  /// Reads an index whose checksum is right. Nothing in it is trusted all the same.
  init(_ bytes: [UInt8], path: String) throws(FileError) {
    var reader = ByteReader(bytes)
    let (jsonLength, chunkCount) = (Int(reader.take(UInt32.self)), Int(reader.take(UInt32.self)))
    guard bytes.count >= 8, jsonLength <= bytes.count - 8,
      chunkCount == (bytes.count - 8 - jsonLength) / Chunk.entrySize,
      (bytes.count - 8 - jsonLength) % Chunk.entrySize == 0
    else { throw .damaged(path, "the index contradicts itself") }
    do {
      content = try JSONDecoder().decode(Content.self, from: Data(bytes[8..<(8 + jsonLength)]))
    } catch let DecodingError.dataCorrupted(context) {
      throw .damaged(path, "the index cannot be read: \(context.debugDescription)")
    } catch {
      throw .damaged(path, "the index cannot be read")
    }
    var table = ByteReader(bytes, at: 8 + jsonLength)
    var chunks: [Chunk] = []
    chunks.reserveCapacity(chunkCount)
    for _ in 0..<chunkCount { chunks.append(try Self.chunk(&table, path: path)) }
    self.chunks = chunks
  }

  private static func chunk(_ table: inout ByteReader, path: String) throws(FileError) -> Chunk {
    let (offset, stored, raw) = (table.take(UInt64.self), table.take(UInt32.self), table.take(UInt32.self))
    let (crc, codec, zero) = (table.take(UInt32.self), table.take(UInt8.self), table.take(UInt8.self))
    guard let offset = Int(exactly: offset), table.take(UInt16.self) == 0, zero == 0 else {
      throw .damaged(path, "the table of chunks makes no sense")
    }
    guard let codec = Codec(rawValue: codec) else {
      throw FileError(path, "uses the unknown codec \(codec)", advice: "use a newer zoo")
    }
    return Chunk(
      offset: offset, storedLength: Int(stored), rawLength: Int(raw), crc: crc, codec: codec)
  }
}
