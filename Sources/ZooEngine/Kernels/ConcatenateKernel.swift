import CKernels

/// Puts maps side by side along the channels, in blocks of channels that the maps need not fill.
struct ConcatenateKernel: HostKernel {
  private let sources: [BlockedLayout]
  private let target: BlockedLayout

  /// - Parameter sources: in NHWC or in blocks of the size of the target's; `nil` where one is not, or all are in NHWC,
  ///   or the numbers are not of one type.
  init?(_ sources: [BlockedLayout?], to target: BlockedLayout?) {
    guard let target, [8, 16].contains(target.block) else { return nil }
    let known = sources.compactMap { $0 }.filter {
      $0.type == target.type && ($0.isNHWC || $0.block == target.block)
    }
    guard known.count == sources.count, !known.allSatisfy(\.isNHWC) else { return nil }
    self.sources = known
    self.target = target
  }

  var name: String { "c:concatenate" }

  /// Row by row.
  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (size, height, width) = (target.elementSize, target.extent.height, target.extent.width)
    let room = width * target.extent.channels * size + target.block * size
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { row in
      for line in share.range(of: target.batch * height) {
        let (image, y) = line.quotientAndRemainder(dividingBy: height)
        let parts = sources.enumerated().map { index, source in
          source.part(of: addresses[index], image, y)
        }
        let place = addresses[sources.count] + target.offset(image, y, 0, 0) * size
        zoo_side_by_side(
          parts, parts.count, width, target.block * size, row.baseAddress,
          place.assumingMemoryBound(to: CChar.self), target.blockStride * size)
      }
    }
  }
}

extension BlockedLayout {
  /// A row of it.
  fileprivate func part(of map: UnsafeMutableRawPointer, _ image: Int, _ row: Int) -> zoo_part {
    let start = map + offset(image, row, 0, 0) * elementSize
    return zoo_part(
      start: start.assumingMemoryBound(to: CChar.self), pixel_distance: columnStride * elementSize,
      block_distance: blockStride * elementSize, blocks: isNHWC ? 0 : blockCount,
      size: extent.channels * elementSize)
  }
}
