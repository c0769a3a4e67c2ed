import ZooGraph
import ZooSystem

/// Writes the numbers of a view, in its order and type, in constant memory whatever their number.
///
/// They come in pieces in the order in which they lie. Where the order is another one, long stretches go to their
/// places in the file; single numbers are put in order in memory, a block at a time, each of which needs a walk through
/// all of them.
struct TensorWriter {
  /// Calls its argument with all of a weight's numbers in pieces, in order.
  typealias Reader = (WeightName, (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void

  let view: TensorView
  let file: AtomicFile
  /// Where the first number goes.
  let position: Int

  /// Numbers that are put in order in memory at a time: 32 MiB.
  var block = 8 << 20
  /// From so many numbers on a stretch is written by itself.
  var stretch = 1_024

  func write(_ read: @escaping Reader) throws {
    switch view.numbers {
    case .integers(let values):
      let bytes = values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
      try file.write(bytes, at: position)
    case .floats(let values):
      try values.withUnsafeBufferPointer { values in try write { try $0(values) } }
    case .weight(let name):
      try write { try read(name, $0) }
    }
  }

  private typealias Pieces = ((UnsafeBufferPointer<Float>) throws -> Void) throws -> Void

  private func write(_ pieces: Pieces) throws {
    if view.isInOrder { return try writeInOrder(pieces) }
    let strides = view.writtenStrides
    if strides.last == 1, view.dimensions.last ?? 0 >= stretch {
      return try writeStretches(pieces, strides)
    }
    for start in stride(from: 0, to: view.count, by: block) {
      try writeBlock(start..<min(start + block, view.count), pieces, strides)
    }
  }

  private func writeInOrder(_ pieces: Pieces) throws {
    var start = 0
    try pieces { piece in
      try convert(piece, from: start) { try file.write($0, at: position + start * view.type.size) }
      start += piece.count
    }
  }

  private func writeStretches(_ pieces: Pieces, _ strides: [Int]) throws {
    var walk = Walk(view.dimensions, strides)
    try pieces { piece in
      try convert(piece, from: walk.position) { bytes in
        try walk.forEachRun(of: piece.count) { run in
          let size = view.type.size
          let part = bytes[run.offset * size..<(run.offset + run.count) * size]
          try file.write(UnsafeRawBufferPointer(rebasing: part), at: position + run.target * size)
        }
      }
    }
  }

  private func writeBlock(_ block: Range<Int>, _ pieces: Pieces, _ strides: [Int]) throws {
    let ordered = UnsafeMutableBufferPointer<Float>.allocate(capacity: block.count)
    defer { ordered.deallocate() }
    var walk = Walk(view.dimensions, strides)
    try pieces { piece in
      let start = walk.position
      walk.forEachRun(of: piece.count) { run in
        // Those of the run that lie within the block.
        let first = max(0, (block.lowerBound - run.target + run.stride - 1) / run.stride)
        let last = min(run.count, (block.upperBound - run.target + run.stride - 1) / run.stride)
        for index in stride(from: first, to: max(first, last), by: 1) {
          ordered[run.target + index * run.stride - block.lowerBound] =
            scaled(piece[run.offset + index], start + run.offset + index)
        }
      }
    }
    try stored(UnsafeBufferPointer(ordered)) {
      try file.write($0, at: position + block.lowerBound * view.type.size)
    }
  }

  // MARK: Numbers

  private func scaled(_ value: Float, _ number: Int) -> Float {
    guard let scale = view.scale else { return value }
    return Float(Double(value) * scale.factors[number / scale.run % scale.factors.count])
  }

  /// Numbers from number `start` on, scaled, as bytes.
  private func convert(
    _ values: UnsafeBufferPointer<Float>, from start: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard view.scale != nil else { return try stored(values, body) }
    let scaled = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
    defer { scaled.deallocate() }
    for index in values.indices { scaled[index] = self.scaled(values[index], start + index) }
    try stored(UnsafeBufferPointer(scaled), body)
  }

  /// Numbers as bytes of the view's type.
  ///
  /// - Throws: `ONNXError` for a number that half precision makes infinite.
  private func stored(
    _ values: UnsafeBufferPointer<Float>, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard view.type == .float16 else { return try body(UnsafeRawBufferPointer(values)) }
    let halves = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: values.count)
    defer { halves.deallocate() }
    for index in values.indices {
      let half = Float16(values[index])
      guard half.isFinite || !values[index].isFinite else { throw beyondHalf(values[index]) }
      halves[index] = half.bitPattern
    }
    try body(UnsafeRawBufferPointer(halves))
  }

  private func beyondHalf(_ value: Float) -> ONNXError {
    switch view.numbers {
    case .weight(let name):
      .beyondHalf(layer: name.layer, what: "the weight '\(name.weight)'", value: Double(value))
    case .floats, .integers: .beyondHalf(layer: "", what: "a constant", value: Double(value))
    }
  }
}

/// A walk through numbers in the order in which they lie, that tells where each is written.
private struct Walk {
  /// Numbers of one step of all axes but the last.
  struct Run {
    /// Of the first one in the piece at hand.
    var offset: Int
    var count: Int
    /// Where the first one is written, and how far behind it the next.
    var target: Int
    var stride: Int
  }

  private let dimensions: [Int]
  private let strides: [Int]
  /// Of the run at hand.
  private var numbers: [Int]
  private var start = 0
  /// How many of the run have been passed.
  private var passed = 0
  private(set) var position = 0

  init(_ dimensions: [Int], _ strides: [Int]) {
    self.dimensions = dimensions
    self.strides = strides
    numbers = dimensions.map { _ in 0 }
  }

  /// Passes `count` numbers.
  mutating func forEachRun(of count: Int, _ body: (Run) throws -> Void) rethrows {
    guard let length = dimensions.last, let stride = strides.last else { return }
    var offset = 0
    while offset < count {
      let taken = min(length - passed, count - offset)
      try body(Run(offset: offset, count: taken, target: start + passed * stride, stride: stride))
      offset += taken
      passed += taken
      if passed == length { step() }
    }
    position += count
  }

  /// To the next run.
  private mutating func step() {
    passed = 0
    for axis in dimensions.indices.dropLast().reversed() {
      numbers[axis] += 1
      start += strides[axis]
      if numbers[axis] < dimensions[axis] { return }
      start -= numbers[axis] * strides[axis]
      numbers[axis] = 0
    }
  }
}
