import ZooGraph

/// Completes a maximum pooling over a map that was padded with zeros. Padding never wins in a pooling, so the
/// windows that reach into the zeros still have to be compared with zero.
struct BorderKernel: HostKernel {
  private let layout: BlockedLayout
  private let rows: [Bool]
  private let columns: [Bool]

  init(_ layout: BlockedLayout, _ pooling: PoolingWindow, input: Size2D) {
    self.layout = layout
    func reaching(_ count: Int, _ stride: Int, _ window: Int, before: Int, input: Int) -> [Bool] {
      (0..<count).map { $0 * stride < before || $0 * stride - before + window > input }
    }
    rows = reaching(
      layout.extent.height, pooling.strides.height, pooling.window.height, before: pooling.margins.top,
      input: input.height)
    columns = reaching(
      layout.extent.width, pooling.strides.width, pooling.window.width, before: pooling.margins.left,
      input: input.width)
  }

  var name: String { "swift:border" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    if layout.type == .float32 {
      clamp(addresses[0].assumingMemoryBound(to: Float.self), share) { max($0, 0) }
    } else {
      // A bfloat16 number is negative when its highest bit is set.
      clamp(addresses[0].assumingMemoryBound(to: UInt16.self), share) { $0 >> 15 == 0 ? $0 : 0 }
    }
  }

  @inline(__always)
  private func clamp<Value>(_ map: UnsafeMutablePointer<Value>, _ share: Share, _ clamped: (Value) -> Value) {
    for plane in share.range(of: layout.batch * layout.blockCount) {
      let (image, block) = (plane / layout.blockCount, plane % layout.blockCount)
      let start = map + image * layout.batchStride + block * layout.blockStride
      for row in rows.indices {
        for column in columns.indices where rows[row] || columns[column] {
          let pixel = start + row * layout.rowStride + column * layout.columnStride
          for channel in 0..<layout.block { pixel[channel] = clamped(pixel[channel]) }
        }
      }
    }
  }
}
