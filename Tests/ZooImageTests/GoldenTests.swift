import FoundationEssentials
import Testing
import ZooGraph

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
}
