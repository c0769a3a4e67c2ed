import CKernels

/// Transforms the kernels of some filters: U = G g Gᵀ (Lavin and Gray, "Fast Algorithms for Convolutional Neural
/// Networks", 2015).
///
/// The points are 0, ±5/8, ±3/2 and infinity: half the error of the usual 0, ±1, ±2 and infinity at the same
/// cost, as Barabasz et al. found for others ("Error Analysis and Improving the Accuracy of Winograd
/// Convolution for Deep Neural Networks", 2020).
///
/// Operands: the kernels of all filters; what becomes of those of `blocks`.
struct WinogradFilterKernel: HostKernel {
  private let layout: BlockedLayout
  private let channels: Int
  /// The blocks of filters that it transforms.
  let blocks: Range<Int>

  /// - Parameters:
  ///   - channels: blocks filled up.
  ///   - layout: of the result of the convolution.
  init(channels: Int, to layout: BlockedLayout, blocks: Range<Int>) {
    self.channels = channels
    self.layout = layout
    self.blocks = blocks
  }

  var name: String { "swift:winograd_filter" }

  /// Keras' kernels with blocks of channels and filters filled up, in float32.
  var source: MemoryDescriptor {
    get throws(EngineError) { try MemoryDescriptor([9, channels, layout.paddedChannels], .rowMajor) }
  }

  /// The transformed ones, with the dimensions that ``WinogradMatrices`` has.
  var transformed: MemoryDescriptor {
    get throws(EngineError) {
      WinogradMatrices.areMaps(layout)
        ? try MemoryDescriptor(
          [WinogradTiling.points, width, channels, 1, 1], strides: [plane, 1, width, 1, 1], type: layout.type)
        : try MemoryDescriptor(
          [WinogradTiling.points, channels, width], strides: [plane, width, 1], type: layout.type)
    }
  }

  /// Filters.
  private var width: Int { blocks.count * layout.block }
  private var plane: Int { channels * width + WinogradMatrices.gap }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    guard let kind = layout.zooBlock else { return }
    let filters = layout.paddedChannels
    let source = addresses[0].assumingMemoryBound(to: Float.self) + blocks.lowerBound * layout.block
    for channel in share.range(of: channels) {
      zoo_winograd_kernels(
        kind, source + channel * filters, channels * filters,
        addresses[1] + layout.elementSize * channel * width, plane, blocks.count)
    }
  }
}
