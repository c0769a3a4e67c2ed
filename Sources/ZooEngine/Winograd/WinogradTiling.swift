import ZooGraph

/// How F(4×4,3×3) cuts the result of a convolution into tiles of 4×4 pixels, and these into bands.
///
/// The rows of tiles of all pictures of a batch count as one after the other. What lies between the steps, 36
/// numbers per tile and channel, is only there for one band at a time.
struct WinogradTiling: Sendable, Equatable {
  /// Rows of tiles of one picture, tiles of a row.
  let rows: Int
  let columns: Int
  /// Rows of tiles, of all pictures.
  let bands: [Range<Int>]

  static let tile = 4
  /// A tile is computed from that many pixels squared.
  static let window = 6
  /// So many products of numbers stand for the 144 of a direct convolution.
  static let points = window * window

  /// Measured from 1 to 60 MB: with more the caches overflow, and a map of 224×224 takes a third longer.
  private static let bandSize = 6 << 20
  /// With fewer, each product reads the kernel for too little work.
  private static let fewestTiles = 196

  /// - Parameters:
  ///   - channels: of input and output together, blocks filled up.
  ///   - elementSize: bytes a number.
  init(batch: Int, output: Size2D, channels: Int, elementSize: Int = 4) {
    rows = (output.height + Self.tile - 1) / Self.tile
    columns = (output.width + Self.tile - 1) / Self.tile
    let tiles = max(Self.fewestTiles, Self.bandSize / (Self.points * elementSize * channels))
    let all = batch * rows
    let count = (all + max(1, tiles / columns) - 1) / max(1, tiles / columns)
    bands = (0..<count).map { all * $0 / count..<all * ($0 + 1) / count }
  }

  /// The tiles of all bands.
  var count: Int { bands.reduce(0) { $0 + count($1) } }

  /// The tiles of `band`.
  func count(_ band: Range<Int>) -> Int { band.count * columns }

  /// A row of tiles of `band`: its picture, and its first row of pixels there.
  func place(row: Int, in band: Range<Int>) -> (image: Int, row: Int) {
    let (image, row) = (band.lowerBound + row).quotientAndRemainder(dividingBy: rows)
    return (image, row * Self.tile)
  }
}
