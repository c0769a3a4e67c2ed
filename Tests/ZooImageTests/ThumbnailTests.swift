import Testing
import ZooImage
import ZooSystem

@Suite struct ThumbnailTests {
  /// A bitmap whose left half is red and whose right half is blue.
  private func bitmap(_ width: Int, _ height: Int) -> [UInt8] {
    func little(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).littleEndian) { Array($0) } }
    let padding = [UInt8](repeating: 0, count: (4 - width * 3 % 4) % 4)
    let size = height * (width * 3 + padding.count)
    var bytes = Array("BM".utf8) + little(54 + size) + little(0) + little(54)
    bytes += little(40) + little(width) + little(height) + [1, 0, 24, 0] + little(0)
    bytes += little(size) + little(2835) + little(2835) + little(0) + little(0)
    for _ in 0..<height {
      for x in 0..<width { bytes += x < width / 2 ? [0, 0, 255] : [255, 0, 0] }
      bytes += padding
    }
    return bytes
  }

  private func write(_ bytes: [UInt8], _ name: String, in folder: TemporaryFolder) throws -> String {
    let file = try AtomicFile("\(folder.path)/\(name)")
    try file.write(bytes)
    try file.commit()
    return "\(folder.path)/\(name)"
  }

  @Test(arguments: [(640, 100, 320, 50), (100, 641, 50, 320), (40, 30, 40, 30), (1_000, 1, 320, 1)])
  func theProportionsStay(width: Int, height: Int, smallWidth: Int, smallHeight: Int) throws {
    let folder = try TemporaryFolder()
    let path = try write(bitmap(width, height), "a.bmp", in: folder)
    let small = try Thumbnail(of: path)
    #expect((small.width, small.height) == (smallWidth, smallHeight))
    // Our own decoder reads it, at its own size.
    let copy = try write(small.jpeg, "b.jpg", in: folder)
    let loader = ImageLoader(height: small.height, width: small.width)
    let pixels = try loader.load(copy)
    let last = pixels.count - 3
    #expect(pixels[0] > 240 && pixels[2] < 15, "\(pixels[0..<3])")
    #expect(pixels[last] < 15 && pixels[last + 2] > 240, "\(pixels[last...])")
    // Of a JPEG a thumbnail is made again.
    #expect(try Thumbnail(of: copy, side: 20).width <= 20)
  }

  @Test func whatCannotBeReadGivesNone() throws {
    let folder = try TemporaryFolder()
    let bad = try write(Array("nothing".utf8), "bad.jpg", in: folder)
    let good = try write(bitmap(8, 8), "good.bmp", in: folder)
    #expect(throws: FileError.self) { try Thumbnail(of: bad) }
    #expect(
      Thumbnail.of([bad, good, folder.path + "/missing.png"]).map { $0 != nil } == [false, true, false])
  }
}
