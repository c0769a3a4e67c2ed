import CKernels

/// How the values of the 36 points lie, of all tiles of a band, and how oneDNN multiplies them with the kernels.
///
/// With bfloat16 that is a convolution of 1×1 pixels with 36 groups, in which the tiles are the pixels: it runs at the
/// processor's peak also with few tiles, which the product of matrices does not (measured: 1,050 and 600 GFLOP/s
/// with 16 tiles of 512 channels). With float32 the product, which copies its operands, is up to a fifth faster,
/// as they come from the other core's cache in part.
struct WinogradMatrices {
  private let layout: BlockedLayout
  private let channels: Int
  private let tiles: Int

  /// - Parameters:
  ///   - layout: of the map.
  ///   - blocks: how many of its blocks of channels; `nil`: all.
  init(_ layout: BlockedLayout, blocks: Int? = nil, tiles: Int) {
    self.layout = layout
    channels = (blocks ?? layout.blockCount) * layout.block
    self.tiles = tiles
  }

  static func areMaps(_ layout: BlockedLayout) -> Bool { layout.type == .bfloat16 }

  private var areMaps: Bool { Self.areMaps(layout) }

  /// Values between two matrices. Matrices whose distance is a multiple of a page would all compete for the
  /// same few places of the first cache: a transform takes up to twice as long. oneDNN's code for matrices with
  /// gaps is also the one that reads large kernels faster.
  static let gap = 16

  var distances: zoo_matrices {
    areMaps
      ? zoo_matrices(plane: tiles * channels, tile: layout.block)
      : zoo_matrices(plane: tiles * channels + Self.gap, tile: channels)
  }

  /// Where the first point's values of a block of channels of a tile are.
  func offset(block: Int, tile: Int) -> Int {
    areMaps ? (block * tiles + tile) * layout.block : tile * channels + block * layout.block
  }

  private func descriptor() throws(EngineError) -> MemoryDescriptor {
    let points = WinogradTiling.points
    guard areMaps else {
      return try MemoryDescriptor(
        [points, tiles, channels], strides: [distances.plane, channels, 1], type: layout.type)
    }
    return try MemoryDescriptor([1, points * channels, 1, tiles], .blocks(16), type: layout.type)
  }

  /// Kernels to multiply with: transformed matrices as they are, for convolutions as oneDNN wants them.
  static func kernels(of filters: WinogradFilterKernel) throws(EngineError) -> MemoryDescriptor {
    let transformed = try filters.transformed
    guard transformed.type == .bfloat16 else { return transformed }
    return try MemoryDescriptor(transformed.dimensions, .any, type: .bfloat16)
  }

  /// `nil` where oneDNN has no fast code.
  ///
  /// - Parameter kernels: as another product has decided how they lie, or any.
  func multiplied(
    by kernels: MemoryDescriptor, into products: WinogradMatrices, on device: OneDNN
  ) throws(EngineError) -> PrimitiveDescriptor? {
    let (source, target) = (try descriptor(), try products.descriptor())
    guard areMaps else {
      return try .find(.matrixProduct(source, kernels, destination: target), Attributes(), on: device)
    }
    let operation = Operation.convolution(
      .direct, source: source, kernel: kernels, bias: nil, destination: target, .init(), .inference)
    return try .find(operation, Attributes(), on: device) { $0.hasPrefix("jit") }
  }
}
