import ZooDecoding

/// Hands out a picture's rows by number, in ascending order, and passes over those nobody asks for.
struct RowFeed {
  private let source: any RowSource
  private var next = 0
  private let skipped: Scratch<UInt8>

  init(_ source: any RowSource) {
    self.source = source
    skipped = Scratch(source.width * 3, filledWith: 0)
  }

  /// Writes row `index`, which must not be above one handed out before.
  mutating func read(_ index: Int, into row: UnsafeMutablePointer<UInt8>) throws(DecodeFailure) {
    while next < index { try skip() }
    try source.readRow(into: row)
    next += 1
  }

  /// Decodes what is left: an error below the last row that is needed is an error all the same.
  mutating func finish() throws(DecodeFailure) {
    while next < source.height { try skip() }
    try source.finish()
  }

  private mutating func skip() throws(DecodeFailure) {
    try source.readRow(into: skipped.start)
    next += 1
  }
}

/// The last few rows, each found by its number.
struct RowWindow<Element: BitwiseCopyable> {
  private let slots: [Scratch<Element>]
  private var numbers: [Int]

  /// - Parameter capacity: how many consecutive rows are needed at once, at least 1.
  init(capacity: Int, rowCount: Int, filledWith value: Element) {
    slots = (0..<capacity).map { _ in Scratch(rowCount, filledWith: value) }
    numbers = Array(repeating: -1, count: capacity)
  }

  /// The row of that number; `fill` makes it unless it is still there.
  mutating func row(
    _ number: Int, fill: (UnsafeMutablePointer<Element>) throws(DecodeFailure) -> Void
  ) throws(DecodeFailure) -> UnsafePointer<Element> {
    let slot = number % slots.count
    let row = slots[slot].start
    if numbers[slot] != number {
      try fill(row)
      numbers[slot] = number
    }
    return UnsafePointer(row)
  }
}
