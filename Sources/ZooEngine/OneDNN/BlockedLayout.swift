import ConeDNN

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
  var type: dnnl_data_type_t

  /// Bytes per value.
  var elementSize: Int { dnnl_data_type_size(type) }

  /// `nil` for every other layout.
  init?(_ descriptor: MemoryDescriptor) {
    let raw = descriptor.raw
    guard raw.format_kind == dnnl_blocked, raw.ndims == 4, raw.offset0 == 0, raw.extra.flags == 0 else {
      return nil
    }
    let dimensions = descriptor.dimensions
    let blocking = raw.format_desc.blocking
    batch = dimensions[0]
    extent = Extent(dimensions[2], dimensions[3], dimensions[1])
    type = raw.data_type
    batchStride = Int(blocking.strides.0)
    rowStride = Int(blocking.strides.2)
    columnStride = Int(blocking.strides.3)
    if blocking.inner_nblks == 1, blocking.inner_idxs.0 == 1 {
      block = Int(blocking.inner_blks.0)
      blockCount = Int(raw.padded_dims.1) / block
      blockStride = Int(blocking.strides.1)
    } else if blocking.inner_nblks == 0, blocking.strides.1 == 1, columnStride == extent.channels {
      block = extent.channels
      blockCount = 1
      blockStride = extent.channels
    } else if blocking.inner_nblks == 0 {
      block = 1
      blockCount = extent.channels
      blockStride = Int(blocking.strides.1)
    } else {
      return nil
    }
  }

  /// The same kind of layout for another map.
  func descriptor(for extent: Extent) throws(EngineError) -> MemoryDescriptor {
    let tag =
      switch (blockCount, block) {
      case (1, self.extent.channels) where columnStride == self.extent.channels: dnnl_nhwc
      case (_, 16): dnnl_nChw16c
      case (_, 8): dnnl_nChw8c
      case (_, 4): dnnl_nChw4c
      default: dnnl_nchw
      }
    return try .map(batch, extent, tag, type: type)
  }

  /// Where channel `channel` of the pixel lies, in elements.
  func offset(_ image: Int, _ row: Int, _ column: Int, _ channel: Int) -> Int {
    image * batchStride + channel / block * blockStride + row * rowStride + column * columnStride
      + channel % block
  }
}
