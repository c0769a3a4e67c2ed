import ZooDecoding

/// Decodes BMP's run lengths into one index per pixel, rows as stored (the lowest first).
struct BMPRuns {
  let bytes: BMPBytes
  var position: Int
  let width: Int
  let height: Int
  private var x = 0
  private var y = 0

  init(bytes: BMPBytes, position: Int, width: Int, height: Int) {
    self.bytes = bytes
    self.position = position
    self.width = width
    self.height = height
  }

  /// - Returns: `width * height` indices, 0 where the file skips pixels.
  mutating func decode(bits: Int) throws(DecodeFailure) -> Scratch<UInt8> {
    let indices = Scratch<UInt8>(width * height, filledWith: 0)
    while y < height {
      let pair = try take(2)
      if pair[0] > 0 {
        for place in 0..<Int(pair[0]) { put(index(pair, place, bits, isRun: true), into: indices) }
        continue
      }
      switch pair[1] {
      case 0: (x, y) = (0, y + 1)
      case 1: return indices
      case 2:
        let step = try take(2)
        (x, y) = (x + Int(step[0]), y + Int(step[1]))
      default:
        let count = Int(pair[1])
        let size = (count * bits + 7) / 8
        let literal = try take(size)
        position += size % 2
        for place in 0..<count { put(index(literal, place, bits, isRun: false), into: indices) }
      }
    }
    return indices
  }

  private mutating func take(_ count: Int) throws(DecodeFailure) -> UnsafeRawBufferPointer {
    defer { position += count }
    return try bytes.slice(position, count: count)
  }

  /// The index at `place` of a run, which repeats one byte, or of a literal.
  private func index(
    _ data: UnsafeRawBufferPointer, _ place: Int, _ bits: Int, isRun: Bool
  ) -> UInt8 {
    if bits == 8 { return data[isRun ? 1 : place] }
    let byte = data[isRun ? 1 : place / 2]
    return place % 2 == 0 ? byte >> 4 : byte & 15
  }

  private mutating func put(_ index: UInt8, into indices: Scratch<UInt8>) {
    if x < width, y < height { indices.start[y * width + x] = index }
    x += 1
  }
}
