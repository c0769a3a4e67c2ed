import CKernels

/// Puts maps side by side along the channels, in blocks of channels that the maps need not fill.
struct ConcatenateKernel: HostKernel {
  private let sources: [BlockedLayout]
  private let target: BlockedLayout
  private let block: zoo_block

  /// - Parameter sources: in NHWC or in blocks of the size of the target's; `nil` where one is not, or all are in NHWC,
  ///   or the numbers are not of one type.
  init?(_ sources: [BlockedLayout?], to target: BlockedLayout?) {
    guard let target, let block = target.zooBlock else { return nil }
    let known = sources.compactMap { $0 }.filter {
      $0.type == target.type && ($0.isNHWC || $0.block == target.block)
    }
    guard known.count == sources.count, !known.allSatisfy(\.isNHWC) else { return nil }
    self.sources = known
    self.target = target
    self.block = block
  }

  var name: String { "c:concatenate" }

  /// Row by row.
  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (size, height, width) = (target.elementSize, target.extent.height, target.extent.width)
    let room = (width * target.extent.channels + target.block) * size
    var parts = sources.map(\.part)
    withUnsafeTemporaryAllocation(byteCount: room, alignment: ArenaPlan.alignment) { row in
      for line in share.range(of: target.batch * height) {
        let (image, y) = line.quotientAndRemainder(dividingBy: height)
        for (index, source) in sources.enumerated() {
          parts[index].start = UnsafeRawPointer(addresses[index] + source.offset(image, y, 0, 0) * size)
        }
        let place = addresses[sources.count] + target.offset(image, y, 0, 0) * size
        zoo_side_by_side(block, parts, parts.count, width, row.baseAddress, place, target.blockStride)
      }
    }
  }
}

extension BlockedLayout {
  /// How a row of it lies, wherever that is.
  fileprivate var part: zoo_part {
    zoo_part(
      start: nil, pixel_distance: columnStride, block_distance: blockStride, blocks: isNHWC ? 0 : blockCount,
      channels: extent.channels)
  }
}
