import FoundationEssentials
import Testing
import ZooGraph
import ZooSystem

@testable import ZooImage

/// Writes `bytes` to a file of that name in a folder of its own, for as long as `body` runs.
private func withFile(_ name: String, _ bytes: [UInt8], _ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-image-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let file = folder.appending(path: name)
  try Data(bytes).write(to: file)
  try body(file.path)
}

private func sample(_ name: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: samplePath(name))))
}

private func bigEndian(_ value: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
}

private func littleEndian(_ value: UInt32) -> [UInt8] {
  bigEndian(value).reversed()
}

/// A 24-bit BMP of one colour.
private func bmp(width: UInt32, height: UInt32, colour: [UInt8], rows: Int) -> [UInt8] {
  let row = rows == 0 ? [] : Array(repeatElement(colour.reversed(), count: Int(width)).joined())
  let padded = row + [UInt8](repeating: 0, count: (4 - row.count % 4) % 4)
  return Array("BM".utf8) + littleEndian(0) + littleEndian(0) + littleEndian(54) + littleEndian(40)
    + littleEndian(width) + littleEndian(height) + [1, 0, 24, 0] + [UInt8](repeating: 0, count: 24)
    + repeatElement(padded, count: rows).joined()
}

@Suite("Loading pictures")
struct LoaderTests {
  @Test(
    arguments: [
      ("empty.jpg", [], "is empty"),
      ("notes.jpg", Array("Dear diary, today…\n".utf8), "is text, not a picture"),
      ("page.png", Array("\n <!DOCTYPE html><html></html>".utf8), "is an HTML page"),
      ("drawing.png", Array("<?xml version=\"1.0\"?><svg/>".utf8), "is an SVG drawing"),
      ("feed.gif", Array("<?xml version=\"1.0\"?><rss/>".utf8), "is XML"),
      ("pointer.jpg", Array("version https://git-lfs.github.com/spec/v1\n".utf8), "Git LFS pointer"),
      ("scan.jpg", Array("8BPS".utf8), "is a Photoshop document"),
      ("hole.bmp", [UInt8](repeating: 0, count: 4000), "nothing but zero bytes"),
      ("noise.webp", [3, 0x81, 0, 7, 0xFF], "is not a picture"),
      ("short.jpg", [0xFF, 0xD8, 0xFF], "corrupt or truncated JPEG"),
    ] as [(String, [UInt8], String)])
  func saysWhatTheFileIs(_ name: String, _ bytes: [UInt8], _ reason: String) throws {
    try withFile(name, bytes) { path in
      let error = #expect(throws: FileError.self) { try ImageLoader(height: 4, width: 4).load(path) }
      let text = try #require(error).description
      #expect(text.hasPrefix(path + ": ") && text.contains(reason) && !text.contains("\n"))
    }
  }

  @Test("A missing file and a folder are named")
  func notAFile() {
    let loader = ImageLoader(height: 4, width: 4)
    #expect(throws: FileError.self) { try loader.load("/nowhere/at/all.jpg") }
    #expect(throws: FileError.self) { try loader.load(FileManager.default.temporaryDirectory.path) }
  }

  @Test("Sizes are refused by the header, before memory is asked for")
  func hugePictures() throws {
    let side: UInt32 = 20_000
    var png = Array(try sample("rgb.png"))
    png.replaceSubrange(16..<24, with: bigEndian(side) + bigEndian(side))
    let sum = png[12..<29].withUnsafeBytes { crc32(of: $0) }
    png.replaceSubrange(29..<33, with: bigEndian(sum))
    var jpeg = try sample("rgb.jpg")
    let frame = try #require(jpeg.indices.first { jpeg[$0...].starts(with: [0xFF, 0xC0]) })
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: bigEndian(side << 16 | side))
    var gif = try sample("plain.gif")
    let image = try #require(gif.indices.first { gif[$0...].starts(with: [0x2C, 0, 0, 0, 0, 21, 0, 34, 0]) })
    gif.replaceSubrange(image + 5..<image + 9, with: littleEndian(side << 16 | side))
    let bmp = bmp(width: side, height: side, colour: [1, 2, 3], rows: 0)
    for bytes in [png, jpeg, gif, bmp] {
      try withFile("big", bytes) { path in
        let error = #expect(throws: FileError.self) { try ImageLoader(height: 4, width: 4).load(path) }
        #expect(error?.reason.contains("20000×20000") == true)
      }
    }
  }

  @Test("A BMP too wide for a filter's weights is refused")
  func longSide() throws {
    try withFile("wide", bmp(width: 2_000_000, height: 1, colour: [1, 2, 3], rows: 0)) { path in
      #expect(throws: FileError.self) { try ImageLoader(height: 4, width: 4, resize: .lanczos).load(path) }
    }
  }

  @Test(arguments: ResizeMode.allCases)
  func onePixelFillsTheTarget(_ mode: ResizeMode) throws {
    try withFile("one.bmp", bmp(width: 1, height: 1, colour: [7, 130, 255], rows: 1)) { path in
      let pixels: [Float] = try ImageLoader(height: 3, width: 5, resize: mode).load(path)
      #expect(pixels == Array(repeatElement([7, 130, 255], count: 15).joined()))
    }
  }

  @Test("Content decides, not the name")
  func formatByContent() throws {
    let loader = ImageLoader(height: 6, width: 5)
    let expected: [Float] = try loader.load(samplePath("plain.gif"))
    try withFile("really-a.jpg", try sample("plain.gif")) { path in
      let pixels: [Float] = try loader.load(path)
      #expect(pixels == expected)
    }
  }

  @Test("EXIF orientation changes nothing")
  func orientation() throws {
    let loader = ImageLoader(height: 34, width: 21)
    let unturned: [Float] = try loader.load(samplePath("rgb.jpg"))
    let turned: [Float] = try loader.load(samplePath("exif6.jpg"))
    #expect(turned == unturned)
  }

  @Test("Writes into a larger buffer only what belongs to the picture; refuses a smaller one")
  func buffers() throws {
    let loader = ImageLoader(height: 6, width: 5)
    let expected: [Float] = try loader.load(samplePath("rgb.png"))
    var pixels = [Float](repeating: -1, count: loader.count + 7)
    try pixels.withUnsafeMutableBufferPointer { try loader.load(.file(samplePath("rgb.png")), into: $0) }
    #expect(Array(pixels.prefix(loader.count)) == expected)
    #expect(pixels.suffix(7).allSatisfy { $0 == -1 })
    #expect(throws: FileError.self) {
      try pixels.withUnsafeMutableBufferPointer { buffer in
        try loader.load(.file(samplePath("rgb.png")), into: .init(rebasing: buffer.prefix(loader.count - 1)))
      }
    }
  }

  @Test("Fast decoding: near the usual pixels where the picture is large, the same elsewhere")
  func fastDecode() throws {
    func difference(_ name: String, height: Int, width: Int) throws -> Float {
      let usual: [Float] = try ImageLoader(height: height, width: width).load(samplePath(name))
      let fast: [Float] = try ImageLoader(height: height, width: width, fastDecode: true).load(
        samplePath(name))
      return zip(usual, fast).map { abs($0 - $1) }.reduce(0, +) / Float(usual.count)
    }
    let large = try difference("rgb.jpg", height: 16, width: 10)
    #expect(large > 0 && large < 30)
    #expect(try difference("rgb.jpg", height: 20, width: 10) == 0)
    #expect(try difference("rgb.png", height: 16, width: 10) == 0)
  }

  @Test("Sizes out of range are taken as the nearest")
  func clampedSizes() {
    #expect(ImageLoader(height: 0, width: -5).count == 3)
    #expect(ImageLoader(height: .max, width: .max).count == 3 << 32)
  }

  @Test("One loader serves many threads")
  func concurrency() async throws {
    let loader = ImageLoader(height: 6, width: 5, resize: .bicubic)
    let expected: [[Float]] = try sampleNames.map { try loader.load(samplePath($0)) }
    try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
      for index in 0..<sampleNames.count * 4 {
        let sample = index % sampleNames.count
        group.addTask { (sample, try loader.load(samplePath(sampleNames[sample]))) }
      }
      for try await (sample, pixels) in group { #expect(pixels == expected[sample]) }
    }
  }
}
