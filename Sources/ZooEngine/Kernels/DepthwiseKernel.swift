import CKernels
import ZooGraph

/// A depthwise convolution of a map in blocks of channels, with what becomes of the map's values before, and of the results.
///
/// Operands: the map; the kernel, in blocks of channels; the bias, blocks filled up; the result.
struct DepthwiseKernel: HostKernel {
  /// Rows of results that are computed one after the other: as many more of the source as the kernel has are read for them.
  private static let band = 14
  /// Rows of a kernel.
  private static let most = 7

  let source: BlockedLayout
  let target: BlockedLayout
  private let block: zoo_block
  private let shape: zoo_depthwise

  /// `nil` where it is another convolution, the maps lie otherwise, or the functions are others.
  init?(
    _ convolution: Convolution, from source: BlockedLayout?, to target: BlockedLayout?,
    before: ActivationFunction, after: ActivationFunction
  ) {
    guard let source, let target, let block = source.zooBlock, block == target.zooBlock,
      convolution.isDepthwise(of: source.extent), convolution.dilation == Size2D(1),
      max(convolution.kernelSize.height, convolution.kernelSize.width) <= Self.most,
      let before = before.zooFunction, let after = after.zooFunction
    else { return nil }
    self.source = source
    self.target = target
    self.block = block
    shape = zoo_depthwise(
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
    let room = shape.kernel_height * length * source.block * MemoryLayout<Float>.size
    let (kernel, bias) = (addresses[1].floats(), addresses[2].floats())
    withUnsafeTemporaryAllocation(byteCount: room, alignment: ArenaPlan.alignment) { room in
      for part in share.range(of: target.batch * target.blockCount * bands) {
        let (plane, band) = part.quotientAndRemainder(dividingBy: bands)
        let (image, block) = plane.quotientAndRemainder(dividingBy: target.blockCount)
        let from = addresses[0] + source.offset(image, 0, 0, block * source.block) * size
        let to = addresses[3] + target.offset(image, 0, 0, block * target.block) * size
        zoo_depthwise(
          self.block, shape, from, kernel + block * shape.kernel_height * shape.kernel_width * source.block,
          bias + block * source.block, to, height * band / bands, height * (band + 1) / bands,
          room.baseAddress?.assumingMemoryBound(to: Float.self))
      }
    }
  }
}

extension Convolution {
  /// Whether it has one kernel for each channel of its source.
  func isDepthwise(of source: Extent) -> Bool { depthwise && filters == source.channels }
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
