/// Each channel of a map times its own factor (squeeze-and-excite's last step).
struct ScaleKernel: HostKernel {
  private let layout: BlockedLayout
  private let factors: BlockedLayout

  /// A map and its factors, a 1×1 map in blocks of the same size.
  init(_ layout: BlockedLayout, _ factors: BlockedLayout) {
    self.layout = layout
    self.factors = factors
  }

  var name: String { "swift:scale" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>) {
    let map = addresses[0].assumingMemoryBound(to: Float.self)
    let factor = addresses[1].assumingMemoryBound(to: Float.self)
    let target = addresses[2].assumingMemoryBound(to: Float.self)
    for image in 0..<layout.batch {
      for block in 0..<layout.blockCount {
        let factor = factor + image * factors.batchStride + block * factors.blockStride
        for row in 0..<layout.extent.height {
          let start = image * layout.batchStride + block * layout.blockStride + row * layout.rowStride
          for column in 0..<layout.extent.width {
            let pixel = start + column * layout.columnStride
            for channel in 0..<layout.block {
              target[pixel + channel] = map[pixel + channel] * factor[channel]
            }
          }
        }
      }
    }
  }
}
