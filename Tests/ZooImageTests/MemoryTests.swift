import Testing
import ZooGraph
import ZooSystem

@testable import ZooImage

/// Pictures in memory give the very numbers that their files give.
@Suite("Pictures in memory") struct MemoryTests {
  private static let modes: [ResizeMode] = [.bilinear, .nearest, .bicubic, .lanczos, .cropToAspectRatio]

  private func bytes(_ name: String) throws(FileError) -> [UInt8] {
    try InputFile.contents(of: samplePath(name), limit: 1 << 24)
  }

  /// The picture as it is after decoding for `mode`, before it is resized.
  private func decoded(_ name: String, for mode: ResizeMode, _ color: ColorMode) throws -> PixelPicture {
    let (width, height) = try bytes(name).withUnsafeBytes { bytes in
      let source = try ImageLoader(height: 1, width: 1, resize: mode).open(bytes)
      return (source.width, source.height)
    }
    // At its own size nothing is resized; both decode as the mode does.
    let whole: ResizeMode = [.nearest, .lanczos].contains(mode) ? .nearest : .bilinear
    let loader = ImageLoader(height: height, width: width, resize: whole, color: color)
    let levels: [Float] = try loader.load(samplePath(name))
    return try PixelPicture(
      levels.map { UInt8($0) }, width: width, height: height, channels: color.channels, name: name)
  }

  @Test(arguments: sampleNames) func encodedBytesAreTheFile(_ name: String) throws {
    for mode in Self.modes {
      for color in ColorMode.allCases {
        let loader = ImageLoader(height: 6, width: 5, resize: mode, color: color)
        let file = Result { () throws(FileError) -> [Float] in try loader.load(.file(samplePath(name))) }
        let memory = Result { () throws(FileError) -> [Float] in
          try loader.load(.encoded(try self.bytes(name), name: samplePath(name)))
        }
        #expect(file == memory, "\(mode), \(color)")
      }
    }
  }

  @Test(arguments: sampleNames) func pixelsAreTheFile(_ name: String) throws {
    for mode in Self.modes {
      let loader = ImageLoader(height: 6, width: 5, resize: mode)
      let pixels = try decoded(name, for: mode, .rgb)
      #expect(try loader.load(.pixels(pixels)) == loader.load(samplePath(name)), "\(mode)")
    }
  }

  @Test(
    arguments: sampleNames.filter { $0.hasSuffix(".png") || $0.hasSuffix(".webp") },
    [ResizeMode.bilinear, .lanczos])
  func opacityIsTheFiles(_ name: String, _ mode: ResizeMode) throws {
    let loader = ImageLoader(height: 6, width: 5, resize: mode, color: .rgba)
    guard let expected: [Float] = try? loader.load(samplePath(name)) else { return }
    let pixels = try decoded(name, for: mode, .rgba)
    #expect(try loader.load(.pixels(pixels)) == expected)
  }

  /// Gray is made of colours as Pillow makes it; of one channel it is the channel.
  @Test(arguments: ["rgb.png", "gray.png", "plain.gif", "palette8.bmp"]) func grayIsTheFiles(_ name: String)
    throws
  {
    let loader = ImageLoader(height: 6, width: 5, resize: .nearest, color: .grayscale)
    let expected: [Float] = try loader.load(samplePath(name))
    #expect(try loader.load(.pixels(try decoded(name, for: .nearest, .rgb))) == expected)
    #expect(try loader.load(.pixels(try decoded(name, for: .nearest, .grayscale))) == expected)
  }

  @Test func grayBecomesThreeChannels() throws {
    let gray = try PixelPicture([7, 9, 11, 13], width: 2, height: 2, channels: 1)
    let pixels = try ImageLoader(height: 2, width: 2).load(.pixels(gray))
    #expect(pixels == [7, 7, 7, 9, 9, 9, 11, 11, 11, 13, 13, 13])
  }

  @Test(
    arguments: [
      (12, 2, 2, 2, "expected 1, 3 or 4 channels, found 2"),
      (11, 2, 2, 3, "expected 12 levels for 2×2 pixels of 3"),
      (0, 0, 2, 3, "claims a size of 0×2"), (12, -2, -2, 3, "claims a size"),
      (12, 2_000_000, 1, 3, "more than 1000000 to a side"),
    ])
  func whatIsNoPictureIsRefused(
    _ count: Int, _ width: Int, _ height: Int, _ channels: Int, _ reason: String
  ) throws {
    let error = #expect(throws: FileError.self) {
      try PixelPicture(
        [UInt8](repeating: 0, count: count), width: width, height: height, channels: channels, name: "upload")
    }
    let text = try #require(error).description
    #expect(text.hasPrefix("upload: ") && text.contains(reason))
  }

  @Test func errorsCallItByItsName() throws {
    let error = #expect(throws: FileError.self) {
      try ImageLoader(height: 2, width: 2).load(.encoded(Array("hello".utf8), name: "upload 7"))
    }
    #expect("\(try #require(error))".hasPrefix("upload 7: is text, not a picture"))
  }
}
