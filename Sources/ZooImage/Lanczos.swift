import Glibc
import ZooDecoding

/// Pillow's `LANCZOS` from one size to another: for each output pixel where its pixels begin, and their
/// weights in fixed point.
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
  let goesDownFirst = beginsWithColumns(source, height: height, width: width)
  var down = DownFilter(
    LanczosTaps(from: source.height, to: height), count: (goesDownFirst ? source.width : width) * 3)
  var feed = RowFeed(source)
  let wide = Scratch<UInt8>(source.width * 3, filledWith: 0)
  let line = Scratch<UInt8>(width * 3, filledWith: 0)
  for y in 0..<height {
    if goesDownFirst {
      try down.blend(y, into: wide.start) { number, row throws(DecodeFailure) in
        try feed.read(number, into: row)
      }
      filterRow(wide.start, columns, into: line.start)
    } else {
      try down.blend(y, into: line.start) { number, row throws(DecodeFailure) in
        try feed.read(number, into: wide.start)
        filterRow(wide.start, columns, into: row)
      }
    }
    let output = pixels + y * width * 3
    for index in 0..<width * 3 { output[index] = Float(line.start[index]) }
  }
  try feed.finish()
}

/// Pillow 13's rule (older ones always go along the rows first), found by comparing with it: columns first
/// where the height shrinks by more than twice what the width does.
private func beginsWithColumns(_ source: any RowSource, height: Int, width: Int) -> Bool {
  source.height > height && 2 * (source.width - width) < source.height - height
}

/// Makes one row of several, down the columns.
private struct DownFilter {
  private let taps: LanczosTaps
  private let count: Int
  private let sums: Scratch<Int32>
  private var window: RowWindow<UInt8>

  init(_ taps: LanczosTaps, count: Int) {
    self.taps = taps
    self.count = count
    sums = Scratch(count, filledWith: 0)
    window = RowWindow(capacity: taps.stride, rowCount: count, filledWith: 0)
  }

  /// - Parameter fill: makes the row of a number, which only rises.
  mutating func blend(
    _ y: Int, into output: UnsafeMutablePointer<UInt8>,
    fill: (Int, UnsafeMutablePointer<UInt8>) throws(DecodeFailure) -> Void
  ) throws(DecodeFailure) {
    let sums = sums.start
    sums.update(repeating: half, count: count)
    for tap in 0..<taps.counts[y] {
      let number = taps.starts[y] + tap
      let row = try window.row(number) { row throws(DecodeFailure) in try fill(number, row) }
      let weight = taps.weights[y * taps.stride + tap]
      for index in 0..<count { sums[index] &+= Int32(row[index]) &* weight }
    }
    for index in 0..<count { output[index] = UInt8(clamping: sums[index] >> LanczosTaps.fractionBits) }
  }
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
