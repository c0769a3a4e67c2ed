import COpenBLAS
import ZooSystem

/// Rows of float32 values, row-major.
public struct Matrix: Sendable, Equatable {
  /// How many there are.
  public let rows: Int
  /// Values of a row.
  public let columns: Int
  /// Row by row.
  public var values: [Float]

  /// - Parameter values: row by row.
  public init(rows: Int, columns: Int, values: [Float]) {
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, values: Array(repeating: 0, count: rows * columns))
  }

  /// One value.
  public subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  func row(_ index: Int) -> ArraySlice<Float> { values[(index * columns)..<((index + 1) * columns)] }

  /// The rows at `indices`, in that order.
  public func select(_ indices: [Int]) -> Matrix {
    Matrix(rows: indices.count, columns: columns, values: indices.flatMap(row))
  }

  /// `self · other`, either one transposed first if asked.
  func times(_ other: Matrix, transposed: Bool = false, otherTransposed: Bool = false) -> Matrix {
    let (m, k) = transposed ? (columns, rows) : (rows, columns)
    let n = otherTransposed ? other.rows : other.columns
    var result = Matrix(rows: m, columns: n)
    guard m > 0, n > 0, k > 0 else { return result }
    openblas_set_num_threads(Int32(clamping: Threads.count))
    cblas_sgemm(
      CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, otherTransposed ? CblasTrans : CblasNoTrans,
      Int32(m), Int32(n), Int32(k), 1, values, Int32(columns), other.values, Int32(other.columns), 0,
      &result.values, Int32(n))
    return result
  }
}
