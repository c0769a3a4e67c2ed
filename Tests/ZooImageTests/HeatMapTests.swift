import Testing
import ZooImage

@Suite struct HeatMapTests {
  /// A grey picture with one bright value in a corner of the map.
  @Test func theHighestValueIsTheBrightest() {
    let map = HeatMap(
      [1, 0, 0, 0], height: 2, width: 2, over: Array(repeating: 100, count: 6 * 8), height: 6, width: 8,
      channels: 1)
    #expect(map.width == 8 && map.height == 6 && map.pixels.count == 6 * 8 * 3)
    func pixel(_ y: Int, _ x: Int) -> [UInt8] { Array(map.pixels[((y * 8 + x) * 3)..<((y * 8 + x) * 3 + 3)]) }
    // Seven tenths of the brightest colour, (252, 255, 164), and three of the picture.
    #expect(pixel(0, 0) == [206, 209, 145])
    #expect(pixel(5, 7) == [100, 100, 100])
    #expect(pixel(0, 0)[0] > pixel(0, 3)[0] && pixel(0, 3)[0] > pixel(0, 6)[0])
  }

  @Test func withoutValuesItIsThePicture() {
    let picture = (0..<(4 * 4 * 3)).map { Float($0) }
    let map = HeatMap(
      [0, 0], height: 1, width: 2, over: picture, height: 4, width: 4, channels: 3)
    #expect(map.pixels.map(Float.init) == picture)
  }

  @Test func largePicturesAreReduced() {
    let map = HeatMap(
      [1, 0], height: 1, width: 2, over: Array(repeating: 7, count: 40 * 20 * 4), height: 40, width: 20,
      channels: 4, side: 10)
    #expect(map.height == 10 && map.width == 5 && map.pixels.count == 150)
  }
}
