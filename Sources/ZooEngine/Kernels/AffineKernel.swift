import COneDNN

/// `x · scale + shift` per channel, with a limit below and above. oneDNN 2.6 has no fast code for a scale and a shift at
/// once: DenseNet121 took 750 ms a picture, and takes 30.
///
/// Operands: the map, scale and shift of each channel and of what fills the last block, the result.
struct AffineKernel: HostKernel {
  private let layout: BlockedLayout
  private let limits: Limits?

  init(_ layout: BlockedLayout, _ limits: Limits?) {
    self.layout = layout
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
    let (scale, shift) = (addresses[1].floats(), addresses[2].floats())
    switch layout.type {
    case .float32:
      walk(addresses[0].floats(), scale, shift, addresses[3].floats(), share)
    case .bfloat16:
      walk(
        addresses[0].assumingMemoryBound(to: BFloat16.self), scale, shift,
        addresses[3].assumingMemoryBound(to: BFloat16.self), share)
    }
  }

  private func walk<Number: MapNumber>(
    _ source: UnsafePointer<Number>, _ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>,
    _ target: UnsafeMutablePointer<Number>, _ share: Share
  ) {
    guard let limits else { return apply(source, scale, shift, target, share) { $0 } }
    let least = SIMD16(repeating: limits.least)
    guard limits.most < .infinity else {
      return apply(source, scale, shift, target, share) { $0.replacing(with: least, where: $0 .< least) }
    }
    let most = SIMD16(repeating: limits.most)
    apply(source, scale, shift, target, share) {
      $0.replacing(with: least, where: $0 .< least).replacing(with: most, where: $0 .> most)
    }
  }

  /// Row by row of a block: its values lie one behind the other, and after each block the channels begin anew.
  @inline(__always)
  private func apply<Number: MapNumber>(
    _ source: UnsafePointer<Number>, _ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>,
    _ target: UnsafeMutablePointer<Number>, _ share: Share, _ limited: (SIMD16<Float>) -> SIMD16<Float>
  ) {
    let (rows, length) = (layout.extent.height, layout.extent.width * layout.columnStride)
    for row in share.range(of: layout.batch * layout.blockCount * rows) {
      let (plane, line) = (row / rows, row % rows)
      let (image, block) = (plane / layout.blockCount, plane % layout.blockCount)
      let start = image * layout.batchStride + block * layout.blockStride + line * layout.rowStride
      let factors = Channels(scale + block * layout.block, shift + block * layout.block, layout.block)
      var index = 0
      while index < length {
        let count = min(16, length - index)
        let values = limited(factors.applied(to: Number.load(source + (start + index), count), at: index))
        Number.store(values, to: target + (start + index), count)
        index += 16
      }
    }
  }
}

/// Scale and shift of the channels of a block, again and again.
private struct Channels {
  private let scale: UnsafePointer<Float>
  private let shift: UnsafePointer<Float>
  private let count: Int
  /// Of sixteen values, where these are the same for all.
  private let alike: (scale: SIMD16<Float>, shift: SIMD16<Float>)?

  @inline(__always)
  init(_ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>, _ count: Int) {
    (self.scale, self.shift, self.count) = (scale, shift, count)
    alike =
      16 % count == 0 ? (Self.sixteen(of: scale, count, at: 0), Self.sixteen(of: shift, count, at: 0)) : nil
  }

  /// Sixteen values, the first of which is number `index` in its row.
  @inline(__always)
  func applied(to values: SIMD16<Float>, at index: Int) -> SIMD16<Float> {
    if let alike { return values * alike.scale + alike.shift }
    let first = index % count
    if first + 16 <= count {
      return values * UnsafeRawPointer(scale + first).loadUnaligned(as: SIMD16<Float>.self)
        + UnsafeRawPointer(shift + first).loadUnaligned(as: SIMD16<Float>.self)
    }
    return values * Self.sixteen(of: scale, count, at: first) + Self.sixteen(of: shift, count, at: first)
  }

  private static func sixteen(of numbers: UnsafePointer<Float>, _ count: Int, at first: Int) -> SIMD16<Float>
  {
    var sixteen = SIMD16<Float>()
    for index in 0..<16 { sixteen[index] = numbers[(first + index) % count] }
    return sixteen
  }
}
