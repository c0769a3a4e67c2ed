import CKernels
import ZooGraph

/// A depthwise convolution of a map in blocks of channels, or in NHWC where these are full, with what becomes of the map's
/// values before, and of the results.
///
/// Operands: the map; the kernel, in blocks of channels; the bias, blocks filled up; the result.
struct DepthwiseKernel: HostKernel {
  /// Rows of results that are computed one after the other: as many more of the source as the kernel has are read for them.
  private static let band = 14

  let source: BlockedLayout
  let target: BlockedLayout
  /// Channels that are computed together.
  let width: Int
  private let block: zoo_block
  private let shape: zoo_depthwise

  /// `nil` where it is another convolution, the maps lie otherwise, or the functions are others.
  init?(
    _ convolution: Convolution, from source: BlockedLayout?, to target: BlockedLayout?,
    before: ActivationFunction, after: ActivationFunction
  ) {
    guard let source, let target, let (block, width) = source.part, let other = target.part,
      block == other.block,
      convolution.isDepthwise(of: source.extent), convolution.dilation == Size2D(1),
      max(convolution.kernelSize.height, convolution.kernelSize.width) <= Int(ZOO_DEPTHWISE_MOST_ROWS),
      let before = before.zooFunction, let after = after.zooFunction
    else { return nil }
    self.source = source
    self.target = target
    self.block = block
    self.width = width
    shape = zoo_depthwise(
      distance: source.columnStride, result_distance: target.columnStride,
      height: source.extent.height, width: source.extent.width,
      kernel_height: convolution.kernelSize.height, kernel_width: convolution.kernelSize.width,
      row_stride: convolution.strides.height, column_stride: convolution.strides.width,
      top: convolution.margins.top, left: convolution.margins.left, columns: target.extent.width,
      before: before, after: after)
  }

  var name: String { "c:depthwise" }

  /// Band by band of a block's plane.
  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (height, size) = (target.extent.height, source.elementSize)
    let bands = (height + Self.band - 1) / Self.band
    let length = (shape.columns - 1) * shape.column_stride + shape.kernel_width
    let room = shape.kernel_height * length * width * MemoryLayout<Float>.size
    let blocks = (target.extent.channels + width - 1) / width
    let (kernel, bias) = (addresses[1].floats(), addresses[2].floats())
    withUnsafeTemporaryAllocation(byteCount: room, alignment: ArenaPlan.alignment) { room in
      for part in share.range(of: target.batch * blocks * bands) {
        let (plane, band) = part.quotientAndRemainder(dividingBy: bands)
        let (image, block) = plane.quotientAndRemainder(dividingBy: blocks)
        let from = addresses[0] + source.offset(image, 0, 0, block * width) * size
        let to = addresses[3] + target.offset(image, 0, 0, block * width) * size
        zoo_depthwise(
          self.block, shape, from, kernel + block * shape.kernel_height * shape.kernel_width * width,
          bias + block * width, to, height * band / bands, height * (band + 1) / bands,
          room.baseAddress?.assumingMemoryBound(to: Float.self))
      }
    }
  }
}

extension BlockedLayout {
  /// The channels of a pixel that our own code takes at once, and how many these are.
  fileprivate var part: (block: zoo_block, width: Int)? {
    if let block = zooBlock { return (block, self.block) }
    guard isNHWC, let tag = OneDNN.blockedTag, case .blocks(let width) = tag, extent.channels % width == 0
    else {
      return nil
    }
    return switch (type, width) {
    case (.float32, 16): (ZOO_FLOAT32_16, width)
    case (.float32, 8): (ZOO_FLOAT32_8, width)
    default: nil
    }
  }
}

extension Convolution {
  /// Whether each of several channels has one kernel, be it Keras' `DepthwiseConv2D` or a `Conv2D` with as many groups.
  func isDepthwise(of source: Extent) -> Bool {
    groups > 1 && groups == source.channels && filters == source.channels
  }
}

extension ActivationFunction {
  /// `nil` for those that our own code does not have.
  fileprivate var zooFunction: zoo_function? {
    switch self {
    case .linear: ZOO_IDENTITY
    case .relu: ZOO_RELU
    case .relu6: ZOO_RELU6
    case .silu: ZOO_SILU
    case .hardSilu: ZOO_HARD_SILU
    default: nil
    }
  }
}
