/// How an array is cut into pieces of bounded size that follow each other in row-major order. Client and
/// helper compute it alike, so a piece is asked for by its number.
package struct PiecePlan {
  /// The largest piece, in bytes.
  package static let limit = 1 << 20
  /// HDF5's own limit on the number of axes.
  package static let maximumRank = 32

  /// Pieces in all.
  package let count: Int
  private let shape: [Int]
  /// The axis along which pieces are cut; the axes after it are taken whole, those before one by one.
  private let axis: Int
  private let rowBytes: Int
  private let rowsPerPiece: Int
  private let piecesPerBlock: Int

  /// - Returns: `nil` when the array is too large to count, or one element is larger than a piece.
  package init?(shape: [Int], elementSize: Int) {
    guard let total = Self.byteCount(shape: shape, elementSize: elementSize), elementSize > 0,
      elementSize <= Self.limit
    else { return nil }
    self.shape = shape.isEmpty ? [1] : shape
    var axis = self.shape.count - 1
    var rowBytes = elementSize
    while total > 0, axis > 0, rowBytes * self.shape[axis] <= Self.limit {
      rowBytes *= self.shape[axis]
      axis -= 1
    }
    self.axis = axis
    self.rowBytes = rowBytes
    let rows = self.shape[axis]
    rowsPerPiece = max(1, min(rows, Self.limit / rowBytes))
    piecesPerBlock = rows / rowsPerPiece + (rows % rowsPerPiece == 0 ? 0 : 1)
    count = total == 0 ? 0 : self.shape[..<axis].reduce(1, *) * piecesPerBlock
  }

  /// The bytes of a whole array, `nil` when negative or beyond `Int`.
  package static func byteCount(shape: [Int], elementSize: Int) -> Int? {
    guard shape.count <= maximumRank, shape.allSatisfy({ $0 >= 0 }), elementSize >= 0 else { return nil }
    if shape.contains(0) { return 0 }
    var total = elementSize
    for size in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      total = product
    }
    return total
  }

  /// Where a piece starts and how far it reaches along each axis. (A scalar counts as an array of one.)
  package func slab(_ piece: Int) -> (start: [Int], extent: [Int]) {
    var start = [Int](repeating: 0, count: shape.count)
    var extent = shape
    start[axis] = piece % piecesPerBlock * rowsPerPiece
    extent[axis] = min(rowsPerPiece, shape[axis] - start[axis])
    var block = piece / piecesPerBlock
    for outer in (0..<axis).reversed() {
      start[outer] = block % shape[outer]
      extent[outer] = 1
      block /= shape[outer]
    }
    return (start, extent)
  }

  package func byteCount(of piece: Int) -> Int {
    let start = piece % piecesPerBlock * rowsPerPiece
    return min(rowsPerPiece, shape[axis] - start) * rowBytes
  }
}
