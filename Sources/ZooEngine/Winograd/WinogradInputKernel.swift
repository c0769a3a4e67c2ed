import CWinograd
import ZooGraph

/// Transforms the windows of 6×6 pixels that the tiles of a band are computed from.
///
/// Operands: the map in blocks of channels; the transformed windows, 36 × tiles × channels, of which each of
/// the 36 matrices starts `plane` values after the one before.
struct WinogradInputKernel: HostKernel {
  let layout: BlockedLayout
  let margins: Margins
  let tiling: WinogradTiling
  let band: Range<Int>
  let plane: Int

  var name: String { "swift:winograd_input" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let map = addresses[0].assumingMemoryBound(to: Float.self)
    let target = addresses[1].assumingMemoryBound(to: Float.self)
    for tile in share.range(of: tiling.count(band)) {
      let place = tiling.place(tile, in: band)
      let (row, column) = (place.row - margins.top, place.column - margins.left)
      zoo_winograd_input(
        Int32(layout.block), map + layout.offset(place.image, row, column, 0),
        layout.window(row, column, size: WinogradTiling.window), Int32(layout.blockCount),
        target + tile * layout.paddedChannels, plane)
    }
  }
}

extension BlockedLayout {
  /// The channels with those that fill up the last block.
  var paddedChannels: Int { blockCount * block }

  /// The square of `size` pixels from (`row`, `column`) on, which may reach beyond the map.
  func window(_ row: Int, _ column: Int, size: Int) -> zoo_window {
    func bound(_ value: Int) -> Int32 { Int32(min(max(value, 0), size)) }
    return zoo_window(
      row: rowStride, block: blockStride, top: bound(-row), bottom: bound(extent.height - row),
      left: bound(-column), right: bound(extent.width - column))
  }
}
