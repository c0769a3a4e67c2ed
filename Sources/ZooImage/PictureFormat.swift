import ZooDecoding
import ZooSystem

/// The formats that are decoded, told by a file's first bytes and never by its name.
public enum PictureFormat: String, Sendable, CaseIterable {
  /// Named as they are called.
  case jpeg, png, gif, bmp, webp, tiff
  /// HEIC, and what else may be in that container.
  case heif
  /// The still pictures of AV1.
  case avif
  /// JPEG XL.
  case jxl

  /// The endings of the names of such files.
  public var extensions: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg"]
    case .tiff: ["tif", "tiff"]
    case .heif: ["heic", "heif", "hif"]
    case .png, .gif, .bmp, .webp, .avif, .jxl: [rawValue]
    }
  }

  /// As in "a TIFF picture".
  public var name: String {
    switch self {
    case .jpeg, .png, .gif, .bmp, .tiff, .avif: rawValue.uppercased()
    case .webp: "WebP"
    case .heif: "HEIC"
    case .jxl: "JPEG XL"
    }
  }

  /// As many bytes tell all.
  private static let headSize = 64

  /// The format of a file; `nil` when it is none of these.
  ///
  /// - Throws: `FileError` when it cannot be read.
  public init?(path: String) throws(FileError) {
    let file = try InputFile(path)
    let start = try file.bytes(at: 0, count: min(Self.headSize, file.size))
    guard let format = start.withUnsafeBytes({ PictureFormat($0) }) else { return nil }
    self = format
  }

  init?(_ bytes: UnsafeRawBufferPointer) {
    let signatures: [(PictureFormat, [UInt8])] = [
      (.jpeg, [0xFF, 0xD8, 0xFF]), (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
      (.gif, Array("GIF8".utf8)), (.bmp, Array("BM".utf8)),
      // Of either byte order; the second two with offsets of 64 bits (BigTIFF).
      (.tiff, [0x49, 0x49, 0x2A, 0]), (.tiff, [0x4D, 0x4D, 0, 0x2A]),
      (.tiff, [0x49, 0x49, 0x2B, 0]), (.tiff, [0x4D, 0x4D, 0, 0x2B]),
      // Bare, and in a container.
      (.jxl, [0xFF, 0x0A]), (.jxl, [0, 0, 0, 0x0C] + Array("JXL ".utf8) + [0x0D, 0x0A, 0x87, 0x0A]),
    ]
    if let match = signatures.first(where: { bytes.starts(with: $0.1) }) {
      self = match.0
    } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      self = .webp
    } else if let brands = PictureFormat.brands(bytes), let format = PictureFormat(brands: brands) {
      self = format
    } else {
      return nil
    }
  }

  /// The brands in the first box of a file of ISO's base media format (ISO/IEC 14496-12), that of the file first.
  private static func brands(_ bytes: UnsafeRawBufferPointer) -> [String]? {
    guard bytes.count >= 12, bytes.dropFirst(4).starts(with: Array("ftyp".utf8)) else { return nil }
    let size = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    let box = bytes.prefix(min(size, headSize)).dropFirst(8)
    let words = stride(from: box.startIndex, to: box.endIndex - 3, by: 4).map {
      String(decoding: box[$0..<($0 + 4)], as: UTF8.self)
    }
    // Behind the first one is a version.
    return words.enumerated().filter { $0.offset != 1 }.map(\.element)
  }

  /// Pictures of the format may name it after those that they are compatible with.
  private init?(brands: [String]) {
    let heic = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"]
    guard let major = brands.first else { return nil }
    if ["avif", "avis"].contains(major) {
      self = .avif
    } else if heic.contains(major) {
      self = .heif
    } else if ["mif1", "mif2", "msf1", "miaf", "1pic"].contains(major) {
      self = brands.contains("avif") && !brands.contains(where: heic.contains) ? .avif : .heif
    } else {
      return nil
    }
  }
}

/// What a file that is no picture of a known format really is, for the message about it.
func describeUnknown(_ bytes: UnsafeRawBufferPointer) -> DecodeFailure {
  let known = "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC, AVIF or JPEG XL"
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
    ("a JPEG 2000 picture", 4, Array("jP  ".utf8)),
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
