extension FileError {
  /// For a file that is not what it should be: says what it is instead, where its first bytes tell.
  ///
  /// - Parameters:
  ///   - expected: as in "a .zoo file".
  ///   - head: 512 bytes tell all.
  ///   - advice: for when what it is instead does not tell what to do.
  public init(_ path: String, isNot expected: String, head: some Collection<UInt8>, advice: String) {
    let found = ForeignFile(head)
    self.init(
      path, found.map { "is \($0.kind), not \(expected)" } ?? "is not \(expected)",
      advice: found?.advice ?? advice)
  }
}

/// What a file is that is not what it should be, by its first bytes: the answers of servers and of version control
/// that are saved under the name of what was asked for, and other kinds of files.
struct ForeignFile {
  /// As in "is a web page".
  var kind: String
  /// How to get at what was wanted, where that is clear.
  var advice: String?

  private static let downloadAgain = "download the file itself"

  /// - Returns: `nil` for bytes that tell nothing.
  init?(_ head: some Collection<UInt8>) {
    let signatures: [(kind: String, advice: String?, start: [UInt8])] = [
      (
        // The whole line is "version https://git-lfs.github.com/spec/v1".
        "a Git LFS pointer", "run 'git lfs pull' in its folder", Array("version ht".utf8)
      ),
      ("a zip archive", nil, [0x50, 0x4B, 3, 4]),
      ("an HDF5 file", nil, [0x89, 0x48, 0x44, 0x46]),
      ("a .zoo file", nil, [0x89, 0x5A, 0x4F, 0x4F]),
      ("a .npy array", nil, [0x93] + Array("NUMPY".utf8)),
      ("compressed with gzip", "unpack it with gunzip", [0x1F, 0x8B]),
      ("a pickle, which is never opened", "save it with numpy.save", [0x80]),
    ]
    if let known = signatures.first(where: { head.starts(with: $0.start) }) {
      (kind, advice) = (known.kind, known.advice)
      return
    }
    let text = String(decoding: head, as: UTF8.self).lowercased()
    let body = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    if body.hasPrefix("<?xml"), !body.contains("<html") {
      (kind, advice) = ("an XML document", "it is what a server says of an error: \(Self.downloadAgain)")
    } else if body.hasPrefix("<") {
      (kind, advice) = ("a web page", Self.downloadAgain)
    } else if !head.isEmpty, head.allSatisfy({ $0 >= 0x20 || (0x09...0x0D).contains($0) }) {
      kind = "a text file"
    } else {
      return nil
    }
  }
}
