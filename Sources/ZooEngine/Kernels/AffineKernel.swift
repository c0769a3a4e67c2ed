import COneDNN

/// `x · scale + shift` per channel, with a limit below and above. oneDNN 2.6 has no fast code for a scale and a shift at
/// once: DenseNet121 took 750 ms a picture, and takes 28.
///
/// Operands: the map, the result.
struct AffineKernel: HostKernel {
  private let layout: BlockedLayout
  /// Block by block, as ``repeated(_:_:)`` gives them.
  private let scale: [Float]
  private let shift: [Float]
  private let limits: Limits?

  /// - Parameters:
  ///   - scale: of each channel.
  ///   - shift: of each channel.
  init(_ layout: BlockedLayout, scale: [Double], shift: [Double], _ limits: Limits?) {
    self.layout = layout
    self.scale = Self.repeated(scale.map(Float.init), layout)
    self.shift = Self.repeated(shift.map(Float.init), layout)
    self.limits = limits
  }

  /// The largest and the least value of an activation that is the identity in between.
  struct Limits: Sendable {
    var least: Float = 0
    var most: Float = .infinity

    /// - Returns: `nil` for other activations, and for those that make another number of a zero, which is what blocks are
    ///   filled with.
    init?(_ activations: [ElementwiseAlgorithm]) {
      guard activations.count == 1, let function = activations.first else { return nil }
      switch function.algorithm {
      case dnnl_eltwise_relu where function.alpha == 0: break
      case dnnl_eltwise_clip where function.alpha <= 0 && function.beta >= 0:
        (least, most) = (function.alpha, function.beta)
      default: return nil
      }
    }
  }

  var name: String { "swift:affine" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    switch layout.type {
    case .float32: walk(addresses[0].floats(), to: addresses[1].floats(), share)
    case .bfloat16:
      walk(
        addresses[0].assumingMemoryBound(to: BFloat16.self),
        to: addresses[1].assumingMemoryBound(to: BFloat16.self), share)
    }
  }

  private func walk<Number: MapNumber>(
    _ source: UnsafePointer<Number>, to target: UnsafeMutablePointer<Number>, _ share: Share
  ) {
    guard let limits else { return apply(source, to: target, share) { $0 } }
    let least = SIMD16(repeating: limits.least)
    guard limits.most < .infinity else {
      return apply(source, to: target, share) { $0.replacing(with: least, where: $0 .< least) }
    }
    let most = SIMD16(repeating: limits.most)
    apply(source, to: target, share) {
      $0.replacing(with: least, where: $0 .< least).replacing(with: most, where: $0 .> most)
    }
  }

  /// Row by row of a block: its values lie one behind the other, and after each block the channels begin anew.
  @inline(__always)
  private func apply<Number: MapNumber>(
    _ source: UnsafePointer<Number>, to target: UnsafeMutablePointer<Number>, _ share: Share,
    _ limited: (SIMD16<Float>) -> SIMD16<Float>
  ) {
    let (rows, length) = (layout.extent.height, layout.extent.width * layout.columnStride)
    let advance = 16 % layout.block
    scale.withUnsafeBytes { scale in
      shift.withUnsafeBytes { shift in
        for row in share.range(of: layout.batch * layout.blockCount * rows) {
          let (plane, line) = (row / rows, row % rows)
          let (image, block) = (plane / layout.blockCount, plane % layout.blockCount)
          let start = image * layout.batchStride + block * layout.blockStride + line * layout.rowStride
          var channel = block * Self.period(layout.block)
          let end = channel + layout.block
          for index in stride(from: 0, to: length, by: 16) {
            let count = min(16, length - index)
            let factor = scale.loadUnaligned(fromByteOffset: channel * 4, as: SIMD16<Float>.self)
            let summand = shift.loadUnaligned(fromByteOffset: channel * 4, as: SIMD16<Float>.self)
            let values = Number.load(source + (start + index), count)
            Number.store(limited(values * factor + summand), to: target + (start + index), count)
            channel += advance
            if channel >= end { channel -= layout.block }
          }
        }
      }
    }
  }

  /// So many numbers of scale and shift belong to a block of channels: sixteen are read from any of its channels on.
  private static func period(_ block: Int) -> Int { block + 15 }

  /// `numbers`, one for each channel, block by block, beginning anew behind the last one of a block. What fills the last
  /// block is zero.
  private static func repeated(_ numbers: [Float], _ layout: BlockedLayout) -> [Float] {
    (0..<layout.blockCount).flatMap { block in
      (0..<period(layout.block)).map { index in
        let channel = block * layout.block + index % layout.block
        return channel < layout.extent.channels ? numbers[channel] : 0
      }
    }
  }
}
