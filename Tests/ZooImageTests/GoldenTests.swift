import FoundationEssentials
import Testing
import ZooGraph
import ZooSystem

@testable import ZooImage

private let goldens = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens")

/// Every sample picture, by name.
let sampleNames: [String] = {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: goldens.path)) ?? []
  return names.filter(ImageList.hasPictureExtension).sorted()
}()

func samplePath(_ name: String) -> String {
  goldens.appending(path: name).path
}

@Suite("Pixels are those of Keras")
struct GoldenTests {
  private static let modes: [ResizeMode] = [.bilinear, .nearest, .bicubic, .lanczos, .cropToAspectRatio]

  private static func sizes(_ name: String) -> [(height: Int, width: Int)] {
    [(6, 5)] + (name == "rgb.png" ? [(37, 23), (16, 21)] : [])
  }

  @Test("All kinds of pictures are there")
  func samplesAreFound() {
    #expect(sampleNames.count == 49)
  }

  @Test(arguments: sampleNames)
  func everyModeIsBitEqual(_ name: String) throws {
    let bytes = try Data(contentsOf: goldens.appending(path: name + ".pixels"))
    var expected = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }[...]
    for size in Self.sizes(name) {
      for mode in Self.modes {
        let loader = ImageLoader(height: size.height, width: size.width, resize: mode)
        let pixels: [Float] = try loader.load(samplePath(name))
        #expect(pixels == Array(expected.prefix(loader.count)), "\(mode) to \(size)")
        expected = expected.dropFirst(loader.count)
      }
    }
    #expect(expected.isEmpty)
  }

  /// Those of which there is a golden with four channels.
  private static let withAlpha = sampleNames.filter {
    FileManager.default.fileExists(atPath: samplePath($0 + ".rgba"))
  }

  @Test("Four channels are those of color_mode=\"rgba\"", arguments: withAlpha)
  func alphaIsBitEqual(_ name: String) throws {
    let bytes = try Data(contentsOf: goldens.appending(path: name + ".rgba"))
    var expected = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }[...]
    for mode in Self.modes {
      let loader = ImageLoader(height: 6, width: 5, resize: mode, color: .rgba)
      let pixels: [Float] = try loader.load(samplePath(name))
      #expect(pixels == Array(expected.prefix(loader.count)), "\(mode)")
      expected = expected.dropFirst(loader.count)
    }
    #expect(expected.isEmpty)
  }

  @Test(
    "What is opaque or not by opinion is refused with four channels",
    arguments: [
      ("rgb32.bmp", ResizeMode.bilinear, "32 bits"), ("transparent.gif", .bilinear, "transparent places"),
      ("gray4-trns.png", .nearest, "a transparent colour of 4 bits"),
    ])
  func doubtfulAlphaIsRefused(_ name: String, _ mode: ResizeMode, _ reason: String) throws {
    let error = #expect(throws: FileError.self) {
      _ = try ImageLoader(height: 6, width: 5, resize: mode, color: .rgba).load(samplePath(name)) as [Float]
    }
    #expect("\(try #require(error))".contains(reason))
  }
}
