import COpenBLAS
import ZooSystem

extension Matrix {
  /// The `count` largest eigenvalues of a symmetric matrix, falling, and their eigenvectors as columns; `nil` where
  /// LAPACK fails.
  func eigen(largest count: Int) -> (values: [Float], vectors: Matrix)? {
    let kept = min(count, rows)
    guard kept > 0 else { return ([], Matrix(rows: rows, columns: 0)) }
    // LAPACK's matrices are column by column, which of a symmetric one makes no difference.
    var problem = Problem(matrix: values, order: Int32(rows), first: Int32(rows - kept + 1))
    guard problem.solve(), Int(problem.found) == kept else { return nil }
    var vectors = Matrix(rows: rows, columns: kept)
    for column in 0..<kept {
      let start = (kept - 1 - column) * rows
      for row in 0..<rows { vectors[row, column] = problem.vectors[start + row] }
    }
    return (problem.eigenvalues[..<kept].reversed(), vectors)
  }
}

/// The arguments of LAPACK's `ssyevr`.
private struct Problem {
  var matrix: [Float]
  var order: Int32
  /// Which eigenvalues are wanted, counted from 1, rising: from this one on.
  var first: Int32
  var found: Int32 = 0
  var eigenvalues: [Float]
  var vectors: [Float]
  private var support: [Int32]

  init(matrix: [Float], order: Int32, first: Int32) {
    let wanted = Int(order - first + 1)
    self.matrix = matrix
    self.order = order
    self.first = first
    eigenvalues = Array(repeating: 0, count: Int(order))
    vectors = Array(repeating: 0, count: Int(order) * wanted)
    support = Array(repeating: 0, count: 2 * wanted)
  }

  /// Returns false where LAPACK fails.
  mutating func solve() -> Bool {
    var (size, integerSize): (Float, Int32) = (0, 0)
    // With sizes of -1 it says how much memory it wants.
    guard call(&size, -1, &integerSize, -1) == 0 else { return false }
    var work = [Float](repeating: 0, count: Int(size))
    var integers = [Int32](repeating: 0, count: Int(integerSize))
    return call(&work, Int32(work.count), &integers, Int32(integers.count)) == 0
  }

  private mutating func call(
    _ work: UnsafeMutablePointer<Float>, _ size: Int32, _ integers: UnsafeMutablePointer<Int32>,
    _ integerSize: Int32
  ) -> Int32 {
    let (bound, tolerance): (Float, Float) = (0, 0)
    var status: Int32 = 0
    var (order, first, size, integerSize) = (order, first, size, integerSize)
    openblas_set_num_threads(Int32(clamping: Threads.count))
    ssyevr_(
      "V", "I", "U", &order, &matrix, &order, [bound], [bound], &first, &order, [tolerance], &found,
      &eigenvalues,
      &vectors, &order, &support, work, &size, integers, &integerSize, &status, 1, 1, 1)
    return status
  }
}
