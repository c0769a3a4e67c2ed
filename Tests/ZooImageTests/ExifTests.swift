import FoundationEssentials
import Testing
import ZooGraph
import ZooSystem

@testable import ZooImage

private func load(
  _ path: String, _ size: (height: Int, width: Int), _ color: ColorMode = .rgb, exif: Bool = true
) throws -> [Float] {
  try ImageLoader(height: size.height, width: size.width, resize: .nearest, color: color, exif: exif).load(
    path)
}

@Suite("EXIF orientation")
struct ExifTests {
  static let pictures = ["jpg", "png", "webp"].flatMap { ending in (1...8).map { "exif\($0).\(ending)" } }

  @Test("All eight are those of Pillow's exif_transpose, in every format", arguments: pictures)
  func turned(_ name: String) throws {
    let (path, expected) = (foreignPath(name), foreignPath(name + ".turned.png"))
    let size = try size(ofPNG: expected)
    let pixels = try load(path, size)
    #expect(pixels == (try load(expected, size)))
    #expect(try exifTurns(path) == !name.hasPrefix("exif1."))
    // Without being asked to, nothing is turned.
    let stored = (height: 34, width: 21)
    let kind = name.drop { $0 != "." }
    #expect(try load(path, stored, exif: false) == load(foreignPath("exif1\(kind)"), stored))
  }

  @Test("Opacity is turned with the colours")
  func opacity() throws {
    let expected = foreignPath("exif6-rgba.png.turned.png")
    let size = try size(ofPNG: expected)
    let pixels = try load(foreignPath("exif6-rgba.png"), size, .rgba)
    #expect(pixels == (try load(expected, size, .rgba)))
  }

  @Test("Fast decoding turns what it has made small")
  func fast() throws {
    let loader = ImageLoader(height: 8, width: 15, resize: .nearest, fastDecode: true, exif: true)
    let upright = ImageLoader(height: 15, width: 8, resize: .nearest, fastDecode: true)
    let turned: [Float] = try loader.load(foreignPath("exif6.jpg"))
    let stored: [Float] = try upright.load(foreignPath("exif6.jpg"))
    for y in 0..<8 {
      for x in 0..<15 {
        #expect(turned[(y * 15 + x) * 3] == stored[((14 - x) * 8 + y) * 3])
      }
    }
  }

  /// The picture with the EXIF block that `change` leaves of its own, which has 6 in it.
  private func withBlock(_ ending: String, _ change: (inout [UInt8], Int) -> Void) throws -> [UInt8] {
    var bytes = try InputFile.contents(of: foreignPath("exif6.\(ending)"), limit: 1 << 20)
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("II*\0".utf8)) })
    change(&bytes, start)
    return bytes
  }

  /// Where the entry of the orientation is within the block.
  private func orientationEntry(_ bytes: [UInt8], _ start: Int) -> Int {
    bytes.indices.first { $0 > start && bytes[$0...].starts(with: [0x12, 1, 3, 0, 1, 0, 0, 0]) } ?? 0
  }

  @Test("A damaged block is an error when it is needed, and only then", arguments: ["jpg", "webp"])
  func damaged(_ ending: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.\(ending)"
    let damages: [(String, (inout [UInt8], Int) -> Void)] = [
      ("it does not begin as one", { $0[$1] = 0x58 }),
      ("it ends early", { $0.replaceSubrange(($1 + 4)..<($1 + 8), with: [0xF0, 0xFF, 0xFF, 0xFF]) }),
      ("it ends early", { $0[$1 + 4] = 250 }),
      ("its orientation is no number", { $0[orientationEntry($0, $1) + 2] = 2 }),
      ("its orientation is no number", { $0[orientationEntry($0, $1) + 4] = 2 }),
    ]
    for (reason, damage) in damages {
      try Data(try withBlock(ending, damage)).write(to: URL(filePath: path))
      let error = #expect(throws: FileError.self) { try load(path, (4, 4)) }
      let text = try #require(error).description
      #expect(text.contains("has a damaged EXIF block, which --exif needs: \(reason); "), "\(text)")
      #expect(throws: Never.self) { try load(path, (4, 4), exif: false) }
    }
  }

  @Test("A number out of 1 to 8 says nothing", arguments: [0, 9, 255] as [UInt8])
  func otherNumbers(_ number: UInt8) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.jpg"
    try Data(try withBlock("jpg") { $0[orientationEntry($0, $1) + 8] = number }).write(
      to: URL(filePath: path))
    #expect(try load(path, (34, 21)) == load(path, (34, 21), exif: false))
  }

  @Test("Cut anywhere, a picture with EXIF is an error or a picture", arguments: ["jpg", "png", "webp"])
  func cut(_ ending: String) throws {
    let bytes = try InputFile.contents(of: foreignPath("exif6.\(ending)"), limit: 1 << 20)
    let loader = ImageLoader(height: 4, width: 4, exif: true)
    var pixels = [Float](repeating: 0, count: loader.count)
    for count in stride(from: 0, to: bytes.count, by: 3) {
      pixels.withUnsafeMutableBufferPointer { pixels in
        guard let start = pixels.baseAddress else { return }
        Array(bytes.prefix(count)).withUnsafeBytes { _ = try? loader.load($0, into: start) }
      }
    }
    #expect(pixels.allSatisfy { (0...255).contains($0) })
  }
}
