/// Brings the caller's NHWC pixels, transformed, into another layout.
struct PixelKernel: HostKernel {
  private let layout: BlockedLayout
  private let order: [Int]
  private let scale: [Float]
  private let shift: [Float]

  init(_ transform: PixelTransform, to layout: BlockedLayout) {
    self.layout = layout
    order = transform.order
    scale = transform.scale.map { Float($0) }
    shift = transform.shift.map { Float($0) }
  }

  var name: String { "swift:pixels" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>) {
    let source = addresses[0].assumingMemoryBound(to: Float.self)
    let target = addresses[1].assumingMemoryBound(to: Float.self)
    let extent = layout.extent
    for image in 0..<layout.batch {
      for channel in 0..<extent.channels {
        let (scale, shift) = (scale[channel], shift[channel])
        for row in 0..<extent.height {
          var from = ((image * extent.height + row) * extent.width) * extent.channels + order[channel]
          var to = layout.offset(image, row, 0, channel)
          for _ in 0..<extent.width {
            target[to] = source[from] * scale + shift
            from += extent.channels
            to += layout.columnStride
          }
        }
      }
    }
  }
}
