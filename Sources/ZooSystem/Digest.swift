import CCrypto
import CDeflate

/// A cryptographic digest fed piece by piece.
public final class Digest {
  /// Which hash is computed.
  public enum Algorithm: String, Sendable, Codable {
    /// MD5 of RFC 1321, SHA-256 of FIPS 180-4.
    case md5, sha256
  }

  private let context: OpaquePointer?

  /// Of no bytes yet.
  public init(_ algorithm: Algorithm) {
    context = EVP_MD_CTX_new()
    EVP_DigestInit_ex(context, algorithm == .md5 ? EVP_md5() : EVP_sha256(), nil)
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// The digest in lower-case hexadecimal. Call once, last.
  public func finish() -> String {
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    EVP_DigestFinal_ex(context, &bytes, &count)
    return bytes.prefix(Int(count)).map { byte in
      let text = String(byte, radix: 16)
      return byte < 16 ? "0" + text : text
    }.joined()
  }

  /// The digest of bytes in memory.
  public static func of(_ bytes: UnsafeRawBufferPointer, _ algorithm: Algorithm = .sha256) -> String {
    let digest = Digest(algorithm)
    digest.update(bytes)
    return digest.finish()
  }

  /// The digest of a whole file.
  public static func ofFile(_ path: String, _ algorithm: Algorithm = .sha256) throws(FileError) -> String {
    let file = try InputFile(path)
    let digest = Digest(algorithm)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    var offset = 0
    while offset < file.size {
      let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, file.size - offset)])
      try file.read(into: part, at: offset)
      digest.update(UnsafeRawBufferPointer(part))
      offset += part.count
    }
    return digest.finish()
  }
}

/// The CRC-32 (IEEE 802.3, as in zlib and PNG) of bytes. libdeflate computes it several times as fast as zlib.
public func crc32(of bytes: UnsafeRawBufferPointer) -> UInt32 {
  libdeflate_crc32(0, bytes.baseAddress, bytes.count)
}
