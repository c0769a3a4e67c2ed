/// A picture decoded as a whole, handed out row by row.
final class StoredRows: RowSource {
  let width: Int
  let height: Int
  var hasMore = false
  /// RGB, row after row.
  let pixels: UnsafeMutablePointer<UInt8>
  private let memory: Scratch<UInt8>
  private var nextRow = 0

  /// A picture of one colour. The size must have been checked.
  init(width: Int, height: Int, colour: SIMD3<UInt8> = SIMD3()) {
    self.width = width
    self.height = height
    memory = Scratch(width * height * 3, filledWith: 0)
    pixels = memory.start
    guard colour != SIMD3() else { return }
    for pixel in 0..<width * height { set(pixel, to: colour) }
  }

  /// - Parameter pixel: counted along the rows.
  @inline(__always) func set(_ pixel: Int, to colour: SIMD3<UInt8>) {
    pixels[3 * pixel] = colour.x
    pixels[3 * pixel + 1] = colour.y
    pixels[3 * pixel + 2] = colour.z
  }

  func readRow(into row: UnsafeMutablePointer<UInt8>) {
    row.update(from: pixels + nextRow * width * 3, count: width * 3)
    nextRow += 1
  }
}
