import CKernels

/// Turns the products of a band back into tiles of 4×4 pixels, with bias, summand and activation.
///
/// Operands: the products, of some blocks of channels, laid out as the transformed windows are; the bias, blocks
/// filled up; the result, in blocks of channels; the summand, if any, which lies as the result does and may be the
/// same memory.
struct WinogradOutputKernel: HostKernel {
  let layout: BlockedLayout
  let tiling: WinogradTiling
  let band: Range<Int>
  /// The blocks of channels that there are products of.
  let blocks: Range<Int>
  let epilogue: WinogradEpilogue

  var name: String { "swift:winograd_output" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    guard let kind = layout.zooBlock else { return }
    let products = WinogradMatrices(layout, blocks: blocks.count, tiles: tiling.count(band))
    let bias = addresses[1].assumingMemoryBound(to: Float.self)
    let summand = addresses.count > 3 ? addresses[3] : nil
    for part in share.range(of: blocks.count * band.count) {
      let (index, row) = part.quotientAndRemainder(dividingBy: band.count)
      let block = blocks.lowerBound + index
      let place = tiling.place(row: row, in: band)
      let offset = layout.elementSize * layout.offset(place.image, place.row, 0, block * layout.block)
      zoo_winograd_output(
        kind, addresses[0] + layout.elementSize * products.offset(block: index, tile: row * tiling.columns),
        products.distances, bias + block * layout.block, summand.map { $0 + offset }, addresses[2] + offset,
        layout.windows(row: place.row, column: 0, count: tiling.columns, size: WinogradTiling.tile),
        epilogue.bounds)
    }
  }
}

/// What happens to a value before it is stored: bounds of the value itself or `silu`, and bounds of its sum with another.
struct WinogradEpilogue: Sendable, Equatable {
  private(set) var value = Self.unbounded
  private(set) var isSilu = false
  private(set) var sum = Self.unbounded
  private(set) var hasSummand = false

  private static let unbounded = -Float.infinity...Float.infinity

  /// `nil` where the steps are others than rectifications or one `silu`, and one sum.
  init?(_ steps: [FusedStep]) {
    for step in steps {
      switch step {
      case .sum where !hasSummand, .add where !hasSummand: hasSummand = true
      case .activation(.linear): break
      case .activation(.silu) where !hasSummand && !isSilu && value == Self.unbounded: isSilu = true
      case .activation(.relu) where hasSummand || !isSilu: rectify(0...Float.infinity)
      case .activation(.relu6) where hasSummand || !isSilu: rectify(0...6)
      default: return nil
      }
    }
  }

  private mutating func rectify(_ bounds: ClosedRange<Float>) {
    if hasSummand { sum = sum.clamped(to: bounds) } else { value = value.clamped(to: bounds) }
  }

  var bounds: zoo_epilogue {
    zoo_epilogue(
      low: value.lowerBound, high: value.upperBound, low_of_sum: sum.lowerBound, high_of_sum: sum.upperBound,
      is_silu: isSilu)
  }
}
