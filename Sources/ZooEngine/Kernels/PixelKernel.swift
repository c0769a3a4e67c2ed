import ZooGraph

/// Brings the caller's NHWC pixels, preprocessed and scaled, into another layout.
struct PixelKernel: HostKernel {
  private let layout: BlockedLayout
  private let order: [Int]
  private let scale: [Float]
  private let shift: [Float]

  /// - Parameter affine: a scale and a shift for each channel, to be applied after the preprocessing.
  init(
    _ preprocessing: Preprocessing, then affine: (scale: [Double], shift: [Double]), to layout: BlockedLayout
  ) {
    self.layout = layout
    let channels = preprocessing.perChannel(layout.extent.channels)
    order = channels.map(\.source)
    scale = zip(channels, affine.scale).map { Float($0.scale * $1) }
    shift = zip(channels, zip(affine.scale, affine.shift)).map { Float($0.shift * $1.0 + $1.1) }
  }

  var name: String { "swift:pixels" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let source = addresses[0].assumingMemoryBound(to: Float.self)
    let target = addresses[1].assumingMemoryBound(to: Float.self)
    let extent = layout.extent
    for line in share.range(of: layout.batch * extent.height) {
      let (image, row) = (line / extent.height, line % extent.height)
      let pixels = source + line * extent.width * extent.channels
      for channel in 0..<extent.channels {
        let values = target + layout.offset(image, row, 0, channel)
        // A constant stride lets the compiler use vectors.
        switch (extent.channels, layout.columnStride) {
        case (3, 1): transform(channel, pixels, stride: 3, values, stride: 1, extent.width)
        default:
          transform(
            channel, pixels, stride: extent.channels, values, stride: layout.columnStride, extent.width)
        }
      }
    }
  }

  /// One channel of one row.
  @inline(__always)
  private func transform(
    _ channel: Int, _ pixels: UnsafePointer<Float>, stride: Int, _ values: UnsafeMutablePointer<Float>,
    stride targetStride: Int, _ width: Int
  ) {
    let (scale, shift, first) = (scale[channel], shift[channel], order[channel])
    for column in 0..<width {
      values[column &* targetStride] = pixels[column &* stride &+ first] * scale + shift
    }
  }
}
