import ZooDecoding
import ZooHelper
import ZooSystem

/// The programs that decode pictures with libraries that hostile files have got the better of before: each in a process
/// of its own, with limits on memory and time. Whether there is one depends on the libraries that zoo was built with.
public enum PictureHelper: String, Sendable, CaseIterable {
  /// TIFF.
  case tiff
  /// HEIC and AVIF.
  case heif
  /// JPEG XL.
  case jxl

  /// The environment variable that may hold the program's path.
  public var environmentVariable: String { "ZOO_\(rawValue.uppercased())_HELPER" }

  /// What it reads, as in "TIFF".
  public var formats: String {
    switch self {
    case .tiff: "TIFF"
    case .heif: "HEIC and AVIF"
    case .jxl: "JPEG XL"
    }
  }

  /// The library that it is made of.
  public var library: String {
    switch self {
    case .tiff: "libtiff"
    case .heif: "libheif"
    case .jxl: "libjxl"
    }
  }

  /// Debian's names.
  var packages: (toRun: String, toBuild: String) {
    switch self {
    case .tiff: ("libtiff6", "libtiff-dev")
    case .heif: ("libheif1", "libheif-dev")
    case .jxl: ("libjxl0.7 or libjxl0.11", "libjxl-dev")
    }
  }

  var program: HelperProgram {
    HelperProgram(
      name: "zoo-\(rawValue)", environmentVariable: environmentVariable, title: "\(formats) helper",
      purpose: "reads \(formats) pictures",
      libraryAdvice: "install \(library) (Debian: \(packages.toRun)), or convert the picture to PNG",
      timeout: .seconds(120))
  }

  /// The version of its library, as in `4.5.0`.
  ///
  /// - Throws: `FileError` when there is no such helper, or its library is missing.
  public func libraryVersion() throws(FileError) -> String {
    guard try program.find() != nil else {
      throw FileError(program.name, absence.reason, advice: absence.advice)
    }
    return try program.versions().library
  }

  /// What is said of a picture where there is no such helper.
  var absence: DecodeFailure {
    DecodeFailure(
      "zoo was built without \(library), which reads \(formats) pictures",
      advice: "install \(library) (Debian: \(packages.toBuild)) and build zoo again, or convert to PNG")
  }

  /// A picture's colours, turned as its format says.
  func colours(of bytes: UnsafeRawBufferPointer, _ style: DecodeStyle) throws(DecodeFailure) -> any RowSource
  {
    guard let rows = try decode(bytes, .colour, style) else { preconditionFailure("colours have pixels") }
    return rows
  }

  /// Its opacity, three times a pixel; `nil` where it is opaque.
  func opacity(of bytes: UnsafeRawBufferPointer, _ style: DecodeStyle) throws(DecodeFailure) -> (
    any RowSource
  )? {
    try decode(bytes, .alpha, style)
  }

  private func decode(
    _ bytes: UnsafeRawBufferPointer, _ part: PictureOrder.Part, _ style: DecodeStyle
  ) throws(DecodeFailure) -> (any RowSource)? {
    let answer = try HelperPool.of(self).decode(bytes, PictureOrder(part, style, byteCount: bytes.count))
    guard let rows = answer.rows else { return nil }
    return try turned(rows, by: answer.head.orientation)
  }
}
