import COneDNN

/// A layout of maps that our own kernels can walk: channels in blocks, a block's values next to each other.
///
/// NHWC is one block of all channels, NCHW has blocks of one channel, nChw16c blocks of sixteen.
struct BlockedLayout: Sendable, Equatable {
  var batch: Int
  var extent: Extent
  /// Channels per block; the last block may reach beyond the map's channels, with zeros.
  var block: Int
  var blockCount: Int
  /// Distances in elements.
  var batchStride: Int
  var blockStride: Int
  var rowStride: Int
  var columnStride: Int
  var type: NumberType

  /// Bytes per value.
  var elementSize: Int { type.size }

  /// `nil` for every other layout.
  init?(_ descriptor: MemoryDescriptor) {
    let facts = descriptor.facts
    guard facts.kind == dnnl_blocked, facts.rank == 4, facts.has_offset == 0,
      let type = NumberType(facts.type)
    else { return nil }
    self.type = type
    batch = Int(facts.dimensions.0)
    extent = Extent(Int(facts.dimensions.2), Int(facts.dimensions.3), Int(facts.dimensions.1))
    let strides = facts.strides
    batchStride = Int(strides.0)
    rowStride = Int(strides.2)
    columnStride = Int(strides.3)
    if facts.block_count == 1, facts.block_dimensions.0 == 1 {
      block = Int(facts.block_sizes.0)
      blockCount = Int(facts.padded.1) / block
      blockStride = Int(strides.1)
    } else if facts.block_count == 0, strides.1 == 1, columnStride == extent.channels {
      block = extent.channels
      blockCount = 1
      blockStride = extent.channels
    } else if facts.block_count == 0 {
      block = 1
      blockCount = extent.channels
      blockStride = Int(strides.1)
    } else {
      return nil
    }
  }

  /// Whether it is one block of all channels.
  var isNHWC: Bool { blockCount == 1 && block == extent.channels && columnStride == extent.channels }

  /// The same kind of layout for another map.
  func descriptor(for extent: Extent) throws(EngineError) -> MemoryDescriptor {
    let tag: MemoryDescriptor.Tag =
      if isNHWC { .nhwc } else if [4, 8, 16].contains(block) { .blocks(block) } else { .rowMajor }
    return try .map(batch, extent, tag, type: type)
  }

  /// Where channel `channel` of the pixel lies, in elements.
  func offset(_ image: Int, _ row: Int, _ column: Int, _ channel: Int) -> Int {
    image * batchStride + channel / block * blockStride + row * rowStride + column * columnStride
      + channel % block
  }
}
