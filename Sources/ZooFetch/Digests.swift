import ZooSystem

/// Both digests that files are published with, from one pass over the bytes.
struct Digests: Equatable {
  var md5: String
  var sha256: String

  init(of file: InputFile) throws(FileError) {
    let digests = (md5: Digest(.md5), sha256: Digest(.sha256))
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    var offset = 0
    while offset < file.size {
      let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, file.size - offset)])
      try file.read(into: part, at: offset)
      digests.md5.update(UnsafeRawBufferPointer(part))
      digests.sha256.update(UnsafeRawBufferPointer(part))
      offset += part.count
    }
    md5 = digests.md5.finish()
    sha256 = digests.sha256.finish()
  }
}

extension InputFile {
  /// Whether the first thing in it is a tag.
  func looksLikeWebPage() throws(FileError) -> Bool {
    let start = String(decoding: try bytes(at: 0, count: min(size, 512)), as: UTF8.self)
    return start.first { !$0.isWhitespace && $0 != "\u{FEFF}" } == "<"
  }
}
