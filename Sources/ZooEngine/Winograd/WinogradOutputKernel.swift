import CWinograd

/// Turns the products of a band back into tiles of 4×4 pixels, with bias, summand and activation.
///
/// Operands: the products, laid out as the transformed windows are; the bias, blocks filled up; the result, in
/// blocks of channels; the summand, if any, which lies as the result does and may be the same memory.
struct WinogradOutputKernel: HostKernel {
  let layout: BlockedLayout
  let tiling: WinogradTiling
  let band: Range<Int>
  let plane: Int
  let epilogue: WinogradEpilogue

  var name: String { "swift:winograd_output" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let source = addresses[0].assumingMemoryBound(to: Float.self)
    let bias = addresses[1].assumingMemoryBound(to: Float.self)
    let map = addresses[2].assumingMemoryBound(to: Float.self)
    let summand = addresses.count > 3 ? addresses[3].assumingMemoryBound(to: Float.self) : nil
    for tile in share.range(of: tiling.count(band)) {
      let place = tiling.place(tile, in: band)
      let offset = layout.offset(place.image, place.row, place.column, 0)
      zoo_winograd_output(
        Int32(layout.block), source + tile * layout.paddedChannels, plane, Int32(layout.blockCount), bias,
        summand.map { $0 + offset }, map + offset,
        layout.window(place.row, place.column, size: WinogradTiling.tile), epilogue.bounds)
    }
  }
}

/// What happens to a value before it is stored, as bounds: of the value itself, and of its sum with another.
struct WinogradEpilogue: Sendable, Equatable {
  private(set) var value = -Float.infinity...Float.infinity
  private(set) var sum = -Float.infinity...Float.infinity
  private(set) var hasSummand = false

  /// `nil` where the steps are others than rectifications and one sum.
  init?(_ steps: [FusedStep]) {
    for step in steps {
      switch step {
      case .sum where !hasSummand, .add where !hasSummand: hasSummand = true
      case .activation(.linear): break
      case .activation(.relu): rectify(0...Float.infinity)
      case .activation(.relu6): rectify(0...6)
      default: return nil
      }
    }
  }

  private mutating func rectify(_ bounds: ClosedRange<Float>) {
    if hasSummand { sum = sum.clamped(to: bounds) } else { value = value.clamped(to: bounds) }
  }

  var bounds: zoo_epilogue {
    zoo_epilogue(
      low: value.lowerBound, high: value.upperBound, low_of_sum: sum.lowerBound, high_of_sum: sum.upperBound)
  }
}
