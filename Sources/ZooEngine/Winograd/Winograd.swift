import ConeDNN
import ZooGraph

/// A convolution by Winograd's algorithm F(4×4,3×3) of our own, for one batch size: windows are transformed
/// (``WinogradInputKernel``), oneDNN multiplies 36 matrices, the products are transformed back
/// (``WinogradOutputKernel``); band by band.
struct Winograd {
  let source: MemoryDescriptor
  let destination: MemoryDescriptor
  let input: BlockedLayout
  let output: BlockedLayout
  let margins: Margins
  let epilogue: WinogradEpilogue
  let tiling: WinogradTiling
  /// The product of each band.
  let products: [Product]

  /// 36 products of tiles × channels and channels × filters.
  struct Product {
    var descriptor: PrimitiveDescriptor
    /// How far the matrices of source and destination are apart, in values.
    var sourcePlane: Int
    var destinationPlane: Int
  }

  /// `nil` where the convolution, the layouts or the steps are not such as it can do.
  init?(
    _ convolution: Convolution, source: MemoryDescriptor, destination: MemoryDescriptor, steps: [FusedStep],
    on device: OneDNN
  ) throws(EngineError) {
    guard convolution.suitsWinograd, let epilogue = WinogradEpilogue(steps),
      let input = BlockedLayout(source), let output = BlockedLayout(destination), input.suitsWinograd,
      output.suitsWinograd, input.block == output.block
    else { return nil }
    self.source = source
    self.destination = destination
    self.input = input
    self.output = output
    self.epilogue = epilogue
    margins = convolution.margins
    tiling = WinogradTiling(
      batch: output.batch, output: output.extent.size,
      channels: input.paddedChannels + output.paddedChannels)
    var products: [Product] = []
    for band in tiling.bands {
      products.append(
        try Product(
          tiles: tiling.count(band), channels: input.paddedChannels, filters: output.paddedChannels,
          kernel: products.first?.descriptor.weights, on: device))
    }
    self.products = products
  }

  /// What profiles and remembered choices call it.
  static let name = "swift_wino_4x3"

  /// Whether it is faster than oneDNN's code, which may be Winograd's algorithm as well (it is where there is
  /// AVX-512 and oneDNN is of version 2).
  ///
  /// Measured on maps of 14 to 224 pixels squared with 16 to 512 channels, with one thread and with two: with
  /// few tiles the kernels, four times as large as those of a direct convolution, are what takes the time, and
  /// with few channels the transforms. Does not ask for the batch, so that plans for different ones share
  /// their kernels.
  static func wins(overWinograd: Bool, input: Extent, output: Extent) -> Bool {
    let tiles = WinogradTiling(batch: 1, output: output.size, channels: 1).count
    return tiles >= (overWinograd ? 32 : 16) && min(input.channels, output.channels) >= 32
      && input.channels + output.channels >= 96
  }
}

extension Winograd.Product {
  /// `kernel`: how the kernel lies, if another product has decided it.
  init(
    tiles: Int, channels: Int, filters: Int, kernel: MemoryDescriptor?, on device: OneDNN
  ) throws(EngineError) {
    let points = WinogradTiling.points
    sourcePlane = tiles * channels + Self.gap
    destinationPlane = tiles * filters + Self.gap
    var source = try MemoryDescriptor([points, tiles, channels], strides: [sourcePlane, channels, 1]).raw
    let anyLayout = try MemoryDescriptor([points, channels, filters], dnnl_format_tag_any)
    var kernel = (kernel ?? anyLayout).raw
    var target = try MemoryDescriptor([points, tiles, filters], strides: [destinationPlane, filters, 1]).raw
    var description = dnnl_matmul_desc_t()
    try check(
      dnnl_matmul_desc_init(&description, &source, &kernel, nil, &target), "describe a matrix product")
    descriptor = try .best(description, Attributes(), on: device, for: "multiply matrices")
  }

  /// Values between two matrices. Matrices whose distance is a multiple of a page would all compete for the
  /// same few places of the first cache: a transform takes up to twice as long. oneDNN's code for matrices with
  /// gaps is also the one that reads large kernels faster.
  private static let gap = 16
}

extension BlockedLayout {
  /// Whether the transforms can read and write it.
  fileprivate var suitsWinograd: Bool {
    type == dnnl_f32 && (block == 16 || block == 8) && columnStride == block
  }
}
