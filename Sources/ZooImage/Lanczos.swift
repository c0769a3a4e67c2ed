import Glibc

/// Pillow's `LANCZOS` from one size to another: for each output pixel where its pixels begin, and their weights in
/// fixed point.
private struct LanczosTaps {
  private static let support = 3.0
  /// Of 32 bits, 8 are the pixel and 2 are for sums beyond it.
  static let fractionBits: Int32 = 22

  private(set) var starts: [Int] = []
  private(set) var counts: [Int] = []
  /// `stride` for each output pixel.
  private(set) var weights: [Int32] = []
  let stride: Int

  init(from size: Int, to count: Int) {
    let scale = Double(size) / Double(count)
    let filterScale = max(scale, 1)
    let support = Self.support * filterScale
    stride = min(Int(support.rounded(.up)) * 2 + 1, size)
    for index in 0..<count {
      let centre = (Double(index) + 0.5) * scale
      let start = max(Int(centre - support + 0.5), 0)
      let end = min(Int(centre + support + 0.5), size)
      let kernel = (start..<end).map { Self.kernel((Double($0) - centre + 0.5) / filterScale) }
      append(kernel, from: start)
    }
  }

  private mutating func append(_ kernel: [Double], from start: Int) {
    let sum = kernel.reduce(0, +)
    starts.append(start)
    counts.append(kernel.count)
    for weight in kernel {
      let scaled = (sum == 0 ? weight : weight / sum) * Double(1 << Self.fractionBits)
      weights.append(Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
    }
    weights.append(contentsOf: repeatElement(0, count: stride - kernel.count))
  }

  private static func kernel(_ x: Double) -> Double {
    -support <= x && x < support ? sinc(x) * sinc(x / support) : 0
  }

  private static func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : sin(x * Double.pi) / (x * Double.pi)
  }
}

private let half = Int32(1) << (LanczosTaps.fractionBits - 1)

/// Pillow's antialiased `LANCZOS`: along rows and down columns, 8-bit pixels after each.
func resizeLanczos(
  _ source: any RowSource, height: Int, width: Int, into pixels: UnsafeMutablePointer<Float>
) throws(DecodeFailure) {
  let columns = LanczosTaps(from: source.width, to: width)
  let rows = LanczosTaps(from: source.height, to: height)
  let goesDownFirst = beginsWithColumns(source, height: height, width: width)
  let middleWidth = goesDownFirst ? source.width : width
  var feed = RowFeed(source)
  var window = RowWindow<UInt8>(capacity: rows.stride, rowCount: middleWidth * 3, filledWith: 0)
  let decoded = Scratch<UInt8>(source.width * 3, filledWith: 0)
  let sums = Scratch<Int32>(middleWidth * 3, filledWith: 0)
  let blended = Scratch<UInt8>(middleWidth * 3, filledWith: 0)
  let line = Scratch<UInt8>(width * 3, filledWith: 0)
  for y in 0..<height {
    sums.start.update(repeating: half, count: middleWidth * 3)
    for tap in 0..<rows.counts[y] {
      let number = rows.starts[y] + tap
      let row = try window.row(number) { output throws(DecodeFailure) in
        if goesDownFirst { return try feed.read(number, into: output) }
        try feed.read(number, into: decoded.start)
        filterRow(decoded.start, columns, into: output)
      }
      add(row, times: rows.weights[y * rows.stride + tap], to: sums.start, count: middleWidth * 3)
    }
    for index in 0..<middleWidth * 3 { blended.start[index] = clipped(sums.start[index]) }
    if goesDownFirst { filterRow(blended.start, columns, into: line.start) }
    let result = goesDownFirst ? line : blended
    let output = pixels + y * width * 3
    for index in 0..<width * 3 { output[index] = Float(result.start[index]) }
  }
  try feed.finish()
}

/// Pillow 13's rule (older ones always go along the rows first), found by comparing with it: columns first where the
/// height shrinks by more than twice what the width does.
private func beginsWithColumns(_ source: any RowSource, height: Int, width: Int) -> Bool {
  source.height > height && 2 * (source.width - width) < source.height - height
}

private func add(
  _ row: UnsafePointer<UInt8>, times weight: Int32, to sums: UnsafeMutablePointer<Int32>, count: Int
) {
  for index in 0..<count { sums[index] &+= Int32(row[index]) &* weight }
}

private func filterRow(
  _ row: UnsafePointer<UInt8>, _ taps: LanczosTaps, into output: UnsafeMutablePointer<UInt8>
) {
  for x in taps.starts.indices {
    var sum = SIMD4<Int32>(repeating: half)
    for tap in 0..<taps.counts[x] {
      let values = SIMD4<Int32>(truncatingIfNeeded: pixel(row, taps.starts[x] + tap))
      sum &+= values &* taps.weights[x * taps.stride + tap]
    }
    store(SIMD4<UInt8>(clamping: sum &>> LanczosTaps.fractionBits), output, x)
  }
}

@inline(__always)
private func clipped(_ sum: Int32) -> UInt8 {
  UInt8(clamping: sum >> LanczosTaps.fractionBits)
}
