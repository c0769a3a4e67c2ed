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
  let products: [PrimitiveDescriptor]

  /// `nil` where the convolution, the layouts or the steps are not such as it can do.
  init?(
    _ convolution: Convolution, source: MemoryDescriptor, destination: MemoryDescriptor, steps: [FusedStep],
    on device: OneDNN
  ) throws(EngineError) {
    guard convolution.suitsWinograd, let epilogue = WinogradEpilogue(steps),
      let input = BlockedLayout(source), let output = BlockedLayout(destination),
      let kind = input.winogradKind, kind == output.winogradKind
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
    var products: [PrimitiveDescriptor] = []
    for band in tiling.bands {
      let windows = WinogradMatrices(input, tiles: tiling.count(band))
      let results = WinogradMatrices(output, tiles: tiling.count(band))
      let known = products.first?.weights
      let kernels = if let known { known } else { try windows.kernels(for: results) }
      guard let product = try windows.multiplied(by: kernels, into: results, on: device) else { return nil }
      products.append(product)
    }
    self.products = products
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
  /// few channels the transforms are what takes the time. Does not ask for the batch, so that plans for
  /// different ones share their kernels.
  static func wins(overWinograd: Bool, input: Extent, output: Extent) -> Bool {
    let tiles = WinogradTiling(batch: 1, output: output.size, channels: 1).count
    return tiles >= fewestTiles(overWinograd: overWinograd) && min(input.channels, output.channels) >= 32
      && input.channels + output.channels >= 96
  }
}
