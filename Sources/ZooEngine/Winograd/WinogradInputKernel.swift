import CKernels
import ZooGraph

/// Transforms the windows of 6×6 pixels that the tiles of a band are computed from.
///
/// Operands: the map in blocks of channels; the transformed windows, as ``WinogradMatrices`` says.
struct WinogradInputKernel: HostKernel {
  let layout: BlockedLayout
  let margins: Margins
  let tiling: WinogradTiling
  let band: Range<Int>

  var name: String { "swift:winograd_input" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    guard let kind = layout.zooBlock else { return }
    let windows = WinogradMatrices(layout, tiles: tiling.count(band))
    for part in share.range(of: layout.blockCount * band.count) {
      let (block, row) = part.quotientAndRemainder(dividingBy: band.count)
      let place = tiling.place(row: row, in: band)
      let (top, left) = (place.row - margins.top, -margins.left)
      zoo_winograd_input(
        kind, addresses[0] + layout.elementSize * layout.offset(place.image, top, left, block * layout.block),
        layout.windows(row: top, column: left, count: tiling.columns, size: WinogradTiling.window),
        addresses[1] + layout.elementSize * windows.offset(block: block, tile: row * tiling.columns),
        windows.distances)
    }
  }
}

extension BlockedLayout {
  /// The channels with those that fill up the last block.
  var paddedChannels: Int { blockCount * block }

  /// Squares of `size` pixels side by side, the first from (`row`, `column`) on, which may reach beyond the map.
  func windows(row: Int, column: Int, count: Int, size: Int) -> zoo_windows {
    func bound(_ value: Int) -> Int32 { Int32(min(max(value, 0), size)) }
    return zoo_windows(
      row: rowStride, top: bound(-row), bottom: bound(extent.height - row), column: Int32(column),
      width: Int32(extent.width), count: Int32(count))
  }
}
