import ZooDecoding

/// A picture turned by its orientation. Its last row may come first, so all of it is decoded.
func turned(_ source: any RowSource, by orientation: Orientation) throws(DecodeFailure) -> any RowSource {
  guard orientation != .upright else { return source }
  let (width, height) = (source.width, source.height)
  let result =
    orientation.swapsSides
    ? StoredRows(width: height, height: width) : StoredRows(width: width, height: height)
  let line = Scratch<UInt8>(width * 3, filledWith: 0)
  for y in 0..<height {
    try source.readRow(into: line.start)
    let row = orientation.reversesRows ? height - 1 - y : y
    for x in 0..<width {
      let column = orientation.reversesColumns ? width - 1 - x : x
      let place = orientation.swapsSides ? column * height + row : row * width + column
      result.set(place, to: SIMD3(line.start[3 * x], line.start[3 * x + 1], line.start[3 * x + 2]))
    }
  }
  try source.finish()
  result.hasMore = source.hasMore
  return result
}
