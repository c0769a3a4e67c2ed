import FoundationEssentials
import Testing
import ZooGraph
import ZooSystem

@testable import ZooImage

private let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Foreign")

/// The pictures of formats that helpers decode, by their endings; each has its pixels beside it as PNG.
func foreignNames(_ format: PictureFormat) -> [String] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  return names.filter { name in format.extensions.contains { name.hasSuffix("." + $0) } }.sorted()
}

func foreignPath(_ name: String) -> String { folder.appending(path: name).path }

func isAvailable(_ helper: PictureHelper) -> Bool { (try? helper.libraryVersion()) != nil }

/// The height and width that a PNG says it has.
func size(ofPNG path: String) throws -> (height: Int, width: Int) {
  let bytes = try InputFile(path).bytes(at: 16, count: 8)
  func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
  return (number(bytes[4...]), number(bytes[..<4]))
}

/// Expects a picture's pixels, at its own size, to be those of the PNG beside it.
///
/// - Parameter tolerance: the largest difference of two levels.
func expectPixels(
  _ name: String, of png: String, _ mode: ResizeMode, _ color: ColorMode = .rgb, tolerance: Float = 0
) throws {
  let (height, width) = try size(ofPNG: foreignPath(png))
  let loader = ImageLoader(height: height, width: width, resize: mode, color: color)
  let expected: [Float] = try loader.load(foreignPath(png))
  let found: [Float] = try loader.load(foreignPath(name))
  let largest = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
  #expect(largest <= tolerance, "\(name), \(mode), \(color): \(largest)")
}

@Suite("TIFF", .enabled(if: isAvailable(.tiff)))
struct TIFFTests {
  @Test("All kinds are there")
  func samplesAreFound() {
    #expect(foreignNames(.tiff).count == 54)
  }

  @Test("Pixels are those of Pillow", arguments: foreignNames(.tiff))
  func pixels(_ name: String) throws {
    for mode in [ResizeMode.bilinear, .nearest] {
      let own = "\(name).\(mode.rawValue).png"
      let isOwn = FileManager.default.fileExists(atPath: foreignPath(own))
      try expectPixels(name, of: isOwn ? own : name + ".png", mode)
    }
  }

  @Test("Opacity is that of Pillow's RGBA, or full", arguments: foreignNames(.tiff))
  func opacity(_ name: String) throws {
    let transparent = name + ".rgba.png"
    if FileManager.default.fileExists(atPath: foreignPath(transparent)) {
      try expectPixels(name, of: transparent, .nearest, .rgba)
    } else {
      let pixels: [Float] = try ImageLoader(height: 7, width: 5, color: .rgba).load(foreignPath(name))
      #expect(stride(from: 3, to: pixels.count, by: 4).allSatisfy { pixels[$0] == 255 })
    }
  }

  @Test(
    "In gray, they are as Pillow's convert(\"L\")", arguments: ["rgb.tif", "cmyk.tif", "orientation6.tif"])
  func gray(_ name: String) throws {
    try expectPixels(name, of: name + ".png", .nearest, .grayscale)
  }

  @Test("Of several pages the first is read, which is noted")
  func pages() throws {
    let path = foreignPath("pages.tif")
    let _: [Float] = try ImageLoader(height: 4, width: 4).load(path)
    #expect(FirstPages.paths.contains(path))
    let _: [Float] = try ImageLoader(height: 4, width: 4).load(foreignPath("rgb.tif"))
    #expect(!FirstPages.paths.contains(foreignPath("rgb.tif")))
  }

  /// `rgb.tif` with another value for tags that hold one short number.
  private func changed(_ tags: [(number: UInt16, value: UInt16)]) throws -> [UInt8] {
    var bytes = try InputFile.contents(of: foreignPath("rgb.tif"), limit: 1 << 20)
    for tag in tags {
      let entry = little(tag.number) + [3, 0, 1, 0, 0, 0]
      let place = try #require(bytes.indices.last { bytes[$0...].starts(with: entry) })
      bytes.replaceSubrange((place + 8)..<(place + 10), with: little(tag.value))
    }
    return bytes
  }

  private func little(_ value: UInt16) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
  }

  @Test(
    "What is not read is refused by name",
    arguments: [
      ([(256, 20_000), (257, 20_000)], "20000×20000 pixels"), ([(256, 0)], "corrupt or truncated TIFF"),
      ([(262, 8)], "L*a*b* colours"), ([(262, 6)], "YCbCr colours outside of JPEG"),
      ([(262, 32_803)], "colours of kind 32803"), ([(259, 34_712)], "corrupt or truncated TIFF"),
      ([(277, 2)], "2 samples a pixel"), ([(262, 1)], "3 samples a pixel"),
      ([(262, 5)], "3 samples a pixel"), ([(262, 3)], "it has no palette"),
    ] as [([(UInt16, UInt16)], String)])
  func refused(_ tags: [(UInt16, UInt16)], _ reason: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.tif"
    try Data(try changed(tags.map { (number: $0.0, value: $0.1) })).write(to: URL(filePath: path))
    let error = #expect(throws: FileError.self) { try ImageLoader(height: 4, width: 4).load(path) }
    let text = try #require(error).description
    #expect(text.hasPrefix(path + ": ") && text.contains(reason) && text.contains("; "), "\(text)")
  }
}

@Suite("HEIC and AVIF", .enabled(if: isAvailable(.heif)))
struct HEIFTests {
  /// Of the formats that libheif has a decoder for, which may be a package of its own.
  static let names = [PictureFormat.heif, .avif].map(foreignNames).filter { $0.first.map(isDecoded) == true }
    .flatMap(\.self)

  private static func isDecoded(_ name: String) -> Bool {
    do throws(FileError) {
      let _: [Float] = try ImageLoader(height: 4, width: 4).load(foreignPath(name))
      return true
    } catch {
      return error.advice?.contains("install libheif's decoders") != true
    }
  }

  @Test("All kinds are there")
  func samplesAreFound() {
    #expect(foreignNames(.heif).count == 13 && foreignNames(.avif).count == 7)
  }

  /// Versions of libheif, and what Pillow has for AVIF, round otherwise when they make RGB of YCbCr, and make colours of
  /// half the resolution whole in different ways.
  private func tolerance(_ name: String) -> Float { name.hasPrefix("chroma420") ? 40 : 2 }

  @Test("Pixels are those of pillow-heif, nearly", arguments: names)
  func pixels(_ name: String) throws {
    for mode in [ResizeMode.bilinear, .nearest] {
      try expectPixels(name, of: name + ".png", mode, tolerance: tolerance(name))
    }
  }

  @Test("Opacity is read", arguments: names.filter { $0.hasPrefix("rgba") })
  func opacity(_ name: String) throws {
    try expectPixels(name, of: name + ".rgba.png", .nearest, .rgba, tolerance: tolerance(name))
  }
}

@Suite("JPEG XL", .enabled(if: isAvailable(.jxl)))
struct JXLTests {
  @Test("Pixels are those of Pillow's plugin", arguments: foreignNames(.jxl))
  func pixels(_ name: String) throws {
    for mode in [ResizeMode.bilinear, .nearest] {
      try expectPixels(name, of: name + ".png", mode, tolerance: name.hasPrefix("lossy") ? 1 : 0)
    }
  }

  @Test("Opacity is read")
  func opacity() throws {
    try expectPixels("rgba.jxl", of: "rgba.jxl.rgba.png", .nearest, .rgba)
  }

  @Test("All kinds are there")
  func samplesAreFound() {
    #expect(foreignNames(.jxl).count == 5)
  }
}

@Suite("Formats told by content")
struct BrandTests {
  private func box(_ brands: String...) -> [UInt8] {
    [0, 0, 0, UInt8(12 + 4 * brands.count)] + Array("ftyp".utf8) + Array(brands[0].utf8) + [0, 0, 0, 0]
      + brands.dropFirst().flatMap { Array($0.utf8) } + [0, 0, 0, 8]
  }

  @Test func brands() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x"
    let cases: [([UInt8], PictureFormat?)] = [
      (box("heic", "mif1"), .heif), (box("mif1", "heic", "miaf"), .heif), (box("mif1", "avif"), .avif),
      (box("mif1", "heic", "avif"), .heif), (box("avif", "mif1"), .avif), (box("msf1", "hevc"), .heif),
      (box("isom", "mp42"), nil), (box("qt  ", "heic"), nil), (Array("    ftyp".utf8), nil),
      ([0xFF, 0x0A, 0], .jxl), ([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 13, 10, 0x87, 10], .jxl),
      ([0x4D, 0x4D, 0, 0x2B, 0, 8], .tiff), ([0x49, 0x49, 0x2A, 1], nil),
    ]
    for (bytes, format) in cases {
      try Data(bytes).write(to: URL(filePath: path))
      #expect(try PictureFormat(path: path) == format, "\(bytes)")
    }
  }
}
