import ZooSystem

/// The formats that are decoded, told by a file's first bytes and never by its name.
public enum PictureFormat: String, Sendable, CaseIterable {
  /// Named as they are called.
  case jpeg, png, gif, bmp, webp

  /// The endings of the names of such files.
  public var extensions: [String] { self == .jpeg ? ["jpg", "jpeg"] : [rawValue] }

  /// The format of a file; `nil` when it is none of these.
  ///
  /// - Throws: `FileError` when it cannot be read.
  public init?(path: String) throws(FileError) {
    let file = try InputFile(path)
    let start = try file.bytes(at: 0, count: min(16, file.size))
    guard let format = start.withUnsafeBytes({ PictureFormat($0) }) else { return nil }
    self = format
  }

  init?(_ bytes: UnsafeRawBufferPointer) {
    let signatures: [(PictureFormat, [UInt8])] = [
      (.jpeg, [0xFF, 0xD8, 0xFF]), (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
      (.gif, Array("GIF8".utf8)), (.bmp, Array("BM".utf8)),
    ]
    if let match = signatures.first(where: { bytes.starts(with: $0.1) }) {
      self = match.0
    } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      self = .webp
    } else {
      return nil
    }
  }
}

/// What a file that is no picture of a known format really is, for the message about it.
func describeUnknown(_ bytes: UnsafeRawBufferPointer) -> DecodeFailure {
  let known = "JPEG, PNG, WebP, GIF or BMP"
  guard !bytes.isEmpty else { return DecodeFailure("is empty", advice: "fetch or save it again") }
  if let format = otherFormat(bytes) {
    return DecodeFailure("is \(format), which is not read here", advice: "convert it to \(known)")
  }
  if bytes.starts(with: Array("version https://git-lfs".utf8)) {
    return DecodeFailure("is a Git LFS pointer, not the picture itself", advice: "run git lfs pull")
  }
  if bytes.allSatisfy({ $0 == 0 }) {
    return DecodeFailure("holds nothing but zero bytes", advice: "fetch or save it again")
  }
  guard let text = openingText(bytes) else {
    return DecodeFailure("is not a picture: it does not begin like \(known)")
  }
  if ["<!doctype html", "<html", "<head", "<body"].contains(where: text.hasPrefix) {
    return DecodeFailure("is an HTML page, not a picture", advice: "fetch the picture itself")
  }
  if text.hasPrefix("<?xml") || text.hasPrefix("<svg") {
    return DecodeFailure(
      text.contains("<svg") ? "is an SVG drawing, which is not read here" : "is XML, not a picture",
      advice: "convert it to \(known)")
  }
  return DecodeFailure("is text, not a picture")
}

private func otherFormat(_ bytes: UnsafeRawBufferPointer) -> String? {
  let formats: [(name: String, offset: Int, signature: [UInt8])] = [
    ("a TIFF picture", 0, [0x49, 0x49, 0x2A, 0]), ("a TIFF picture", 0, [0x4D, 0x4D, 0, 0x2A]),
    ("an AVIF picture", 4, Array("ftypavif".utf8)), ("a HEIC picture", 4, Array("ftypheic".utf8)),
    ("a HEIF picture", 4, Array("ftypmif1".utf8)), ("a JPEG XL picture", 0, [0xFF, 0x0A]),
    ("a JPEG XL picture", 4, Array("JXL ".utf8)), ("a JPEG 2000 picture", 4, Array("jP  ".utf8)),
    ("a Photoshop document", 0, Array("8BPS".utf8)), ("a PDF document", 0, Array("%PDF".utf8)),
    ("a zip archive", 0, Array("PK\u{3}\u{4}".utf8)), ("an icon", 0, [0, 0, 1, 0]),
    ("a NumPy array", 0, [0x93] + Array("NUMPY".utf8)),
    ("an HDF5 file", 0, [0x89, 0x48, 0x44, 0x46]),
  ]
  return formats.first { bytes.dropFirst($0.offset).starts(with: $0.signature) }?.name
}

/// The first bytes in lower case when they are text, without what stands before the first visible character.
private func openingText(_ bytes: UnsafeRawBufferPointer) -> String? {
  let opening = bytes.prefix(512)
  let isText = opening.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
  guard isText, opening.filter({ $0 >= 0x80 }).count * 4 <= opening.count else { return nil }
  let text = String(decoding: opening, as: UTF8.self).lowercased()
  return String(text.drop { $0.isWhitespace || $0 == "\u{FEFF}" })
}
