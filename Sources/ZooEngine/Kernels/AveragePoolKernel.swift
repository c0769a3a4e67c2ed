import CKernels
import ZooGraph

/// The means of small windows of a map in blocks of channels, for which oneDNN 2's code takes up to six times as long.
struct AveragePoolKernel: HostKernel {
  /// Windows of more pixels are left to oneDNN.
  private static let most = 25

  private let source: BlockedLayout
  private let target: BlockedLayout
  private let pooling: PoolingWindow
  private let block: zoo_block

  /// `nil` where it is another pooling, the window is large, or the maps lie otherwise.
  init?(_ pooling: PoolingWindow, from source: BlockedLayout?, to target: BlockedLayout?) {
    guard let source, let target, let block = source.zooBlock, block == target.zooBlock,
      pooling.window.height * pooling.window.width <= Self.most,
      [.averageOfPixels, .averageWithPadding].contains(pooling.mode)
    else { return nil }
    self.source = source
    self.target = target
    self.pooling = pooling
    self.block = block
  }

  var name: String { "c:average" }

  /// Row by row of a block of channels.
  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (size, height) = (source.elementSize, target.extent.height)
    for line in share.range(of: target.batch * target.blockCount * height) {
      let (plane, y) = line.quotientAndRemainder(dividingBy: height)
      let (image, block) = plane.quotientAndRemainder(dividingBy: target.blockCount)
      let first = y * pooling.strides.height - pooling.margins.top
      let rows = max(first, 0)..<min(first + pooling.window.height, source.extent.height)
      let start = source.offset(image, rows.lowerBound, 0, block * source.block)
      let place = target.offset(image, y, 0, block * target.block)
      zoo_average(self.block, addresses[0] + start * size, windows(rows.count), addresses[1] + place * size)
    }
  }

  private func windows(_ rows: Int) -> zoo_windows_row {
    zoo_windows_row(
      rows: rows, row_distance: source.rowStride, columns: source.extent.width, width: pooling.window.width,
      stride: pooling.strides.width, margin: pooling.margins.left, count: target.extent.width,
      divisor: pooling.mode == .averageOfPixels
        ? 0 : Float(pooling.window.height * pooling.window.width))
  }
}
