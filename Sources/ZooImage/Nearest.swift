import ZooDecoding

/// Pillow's `NEAREST`, on 8 bits.
func resizeNearest(
  _ source: any RowSource, height: Int, width: Int, into pixels: UnsafeMutablePointer<Float>
) throws(DecodeFailure) {
  let columns = nearestIndices(from: source.width, to: width)
  var feed = RowFeed(source)
  let decoded = Scratch<UInt8>(source.width * 3, filledWith: 0)
  var window = RowWindow<UInt8>(capacity: 1, rowCount: width * 3, filledWith: 0)
  for (y, number) in nearestIndices(from: source.height, to: height).enumerated() {
    let row = try window.row(number) { output throws(DecodeFailure) in
      try feed.read(number, into: decoded.start)
      for x in columns.indices { store(pixel(decoded.start, columns[x]), output, x) }
    }
    let output = pixels + y * width * 3
    for index in 0..<width * 3 { output[index] = Float(row[index]) }
  }
  try feed.finish()
}

/// Positions are summed up, as Pillow does: a product would round to another pixel now and then.
private func nearestIndices(from size: Int, to count: Int) -> [Int] {
  let step = Double(size) / Double(count)
  var position = step * 0.5
  return (0..<count).map { _ in
    defer { position += step }
    return min(Int(position), size - 1)
  }
}
