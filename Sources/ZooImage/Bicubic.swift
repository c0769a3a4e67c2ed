import ZooDecoding

/// Which four pixels an output pixel is made of, as in `tf.image.resize` bicubic: Keys' kernel (a = −1/2)
/// from a table of 1024 steps; pixels outside of the picture count nothing, and the rest is scaled to a sum
/// of 1.
private struct CubicTap {
  var indices: SIMD4<Int>
  var weights: SIMD4<Float>

  static func taps(from size: Int, to count: Int) -> [CubicTap] {
    let table = kernelTable()
    let scale = Float(size) / Float(count)
    return (0..<count).map { index in
      let position = (Float(index) + 0.5) * scale - 0.5
      let base = Int(position.rounded(.down))
      let step = Int(((position - Float(base)) * Float(tableSteps)).rounded(.toNearestOrEven))
      let kernel = SIMD4(
        table[step].outer, table[step].inner, table[tableSteps - step].inner, table[tableSteps - step].outer)
      return CubicTap(base: base, kernel: kernel, size: size)
    }
  }

  private init(base: Int, kernel: SIMD4<Float>, size: Int) {
    indices = SIMD4()
    weights = SIMD4()
    for tap in 0..<4 {
      let wanted = base - 1 + tap
      indices[tap] = min(max(wanted, 0), size - 1)
      weights[tap] = indices[tap] == wanted ? kernel[tap] : 0
    }
    let sum = weights[0] + weights[1] + weights[2] + weights[3]
    if abs(sum) >= 1000 * Float.leastNormalMagnitude { weights *= 1 / sum }
  }
}

private let tableSteps = 1024

/// The kernel at distances below 1 and between 1 and 2. The arithmetic is TensorFlow's: a is a double there,
/// the distance a float.
private func kernelTable() -> [(inner: Float, outer: Float)] {
  let a = -0.5
  return (0...tableSteps).map { step in
    let near = Double(Float(Double(step) / Double(tableSteps)))
    let far = Double(Float(near + 1))
    return (
      Float(((a + 2) * near - (a + 3)) * near * near + 1),
      Float(((a * far - 5 * a) * far + 8 * a) * far - 4 * a)
    )
  }
}

/// `tf.image.resize` bicubic without antialias, in float32 and in TensorFlow's order of operations: down the
/// columns first.
func resizeBicubic(
  _ source: any RowSource, height: Int, width: Int, into pixels: UnsafeMutablePointer<Float>
) throws(DecodeFailure) {
  let columns = CubicTap.taps(from: source.width, to: width)
  var feed = RowFeed(source)
  var window = RowWindow<UInt8>(capacity: 4, rowCount: source.width * 3, filledWith: 0)
  func decoded(_ row: Int) throws(DecodeFailure) -> UnsafePointer<UInt8> {
    try window.row(row) { output throws(DecodeFailure) in try feed.read(row, into: output) }
  }
  let blended = Scratch<Float>(source.width * 3, filledWith: 0)
  let line = Scratch<Float>(width * 3, filledWith: 0)
  for (y, tap) in CubicTap.taps(from: source.height, to: height).enumerated() {
    let rows = (
      try decoded(tap.indices[0]), try decoded(tap.indices[1]), try decoded(tap.indices[2]),
      try decoded(tap.indices[3])
    )
    let weights = tap.weights
    for index in 0..<source.width * 3 {
      blended.start[index] =
        Float(rows.0[index]) * weights[0] + Float(rows.1[index]) * weights[1]
        + Float(rows.2[index]) * weights[2] + Float(rows.3[index]) * weights[3]
    }
    blendColumns(blended.start, columns, into: line.start)
    (pixels + y * width * 3).update(from: line.start, count: width * 3)
  }
  try feed.finish()
}

private func blendColumns(
  _ row: UnsafePointer<Float>, _ taps: [CubicTap], into output: UnsafeMutablePointer<Float>
) {
  for x in taps.indices {
    let (indices, weights) = (taps[x].indices, taps[x].weights)
    var blend = pixel(row, indices[0]) * weights[0]
    for tap in 1..<4 { blend += pixel(row, indices[tap]) * weights[tap] }
    store(blend, output, x)
  }
}
