import ZooGraph

/// A convolution by Winograd's algorithm F(4×4,3×3) of our own, for one batch size: windows are transformed
/// (``WinogradInputKernel``), oneDNN multiplies 36 matrices, the products are transformed back
/// (``WinogradOutputKernel``); band by band. Large kernels are transformed while it runs (``WinogradFilterKernel``),
/// slice by slice of the filters.
struct Winograd {
  let source: MemoryDescriptor
  let destination: MemoryDescriptor
  let input: BlockedLayout
  let output: BlockedLayout
  let margins: Margins
  let epilogue: WinogradEpilogue
  let tiling: WinogradTiling
  /// What transforms the kernels, slice by slice of the filters.
  let filters: [WinogradFilterKernel]
  /// The products of each band, slice by slice.
  let products: [[PrimitiveDescriptor]]

  /// `nil` where the convolution, the layouts or the steps are not such as it can do.
  init?(
    _ convolution: Convolution, source: MemoryDescriptor, destination: MemoryDescriptor, steps: [FusedStep],
    on device: OneDNN
  ) throws(EngineError) {
    guard convolution.suitsWinograd, let epilogue = WinogradEpilogue(steps),
      let input = BlockedLayout(source), let output = BlockedLayout(destination),
      let kind = input.zooBlock, kind == output.zooBlock
    else { return nil }
    self.source = source
    self.destination = destination
    self.input = input
    self.output = output
    self.epilogue = epilogue
    margins = convolution.margins
    tiling = WinogradTiling(
      batch: output.batch, output: output.extent.size,
      channels: input.paddedChannels + output.paddedChannels, elementSize: input.elementSize)
    filters = Self.slices(input, output).map {
      WinogradFilterKernel(channels: input.paddedChannels, to: output, blocks: $0)
    }
    var products: [[PrimitiveDescriptor]] = []
    for band in tiling.bands {
      let windows = WinogradMatrices(input, tiles: tiling.count(band))
      var found: [PrimitiveDescriptor] = []
      for (slice, filters) in filters.enumerated() {
        let results = WinogradMatrices(output, blocks: filters.blocks.count, tiles: tiling.count(band))
        let known = products.first?[slice].weights
        let kernels = if let known { known } else { try WinogradMatrices.kernels(of: filters) }
        guard let product = try windows.multiplied(by: kernels, into: results, on: device) else { return nil }
        found.append(product)
      }
      products.append(found)
    }
    self.products = products
  }

  /// Kernels become four times as large. To transform those of two slices and more each time takes about as long as
  /// reading so much from memory (measured on VGG16: 2 % slower with one picture), and keeps a quarter of it. Slices
  /// of 2 to 16 MB were tried.
  private static let slice = 8 << 20

  /// Cuts the blocks of filters.
  private static func slices(_ input: BlockedLayout, _ output: BlockedLayout) -> [Range<Int>] {
    let blocks = output.blockCount
    let size = WinogradTiling.points * input.elementSize * input.paddedChannels * output.paddedChannels
    // Those of bfloat16 lie as only oneDNN knows.
    let count = input.type == .float32 ? min(blocks, max(1, size / slice)) : 1
    return (0..<count).map { blocks * $0 / count..<blocks * ($0 + 1) / count }
  }

  /// Whether the kernels are transformed while it runs, not before.
  var transformsFilters: Bool { filters.count > 1 }

  /// The kernels that it is given.
  var kernels: MemoryDescriptor {
    get throws(EngineError) { transformsFilters ? try filters[0].source : products[0][0].weights }
  }

  /// What profiles and remembered choices call it.
  static let name = "swift_wino_4x3"

  /// With fewer tiles, reading the kernels, four times as large as those of a direct convolution, is what takes
  /// the time.
  ///
  /// - Parameter overWinograd: whether oneDNN's code is Winograd's algorithm as well.
  static func fewestTiles(overWinograd: Bool) -> Int { overWinograd ? 32 : 16 }

  /// Whether it is faster than oneDNN's code, which may be Winograd's algorithm as well (it is where there is
  /// AVX-512 and oneDNN is of version 2).
  ///
  /// Measured on maps of 14 to 224 pixels squared with 16 to 512 channels, with one thread and with two: with
  /// few channels the transforms are what takes the time.
  static func wins(overWinograd: Bool, batch: Int, input: Extent, output: Extent) -> Bool {
    let tiles = WinogradTiling(batch: batch, output: output.size, channels: 1).count
    return tiles >= fewestTiles(overWinograd: overWinograd) && min(input.channels, output.channels) >= 32
      && input.channels + output.channels >= 96
  }
}
