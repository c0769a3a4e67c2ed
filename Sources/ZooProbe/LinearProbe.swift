/// A linear classifier on features: ridge regression onto the classes, its strength chosen by the
/// leave-one-out error, which has a closed form. Deterministic.
public struct LinearProbe: Sendable {
  private let means: [Float]
  private let scales: [Float]
  /// Features × classes.
  private let weights: Matrix
  private let offsets: [Float]

  /// - Parameters:
  ///   - features: a row a picture.
  ///   - labels: the class of each row, below `classes`.
  /// - Returns: `nil` for no rows, and where LAPACK does not converge (values that are not finite).
  public init?(_ features: Matrix, labels: [Int], classes: Int) {
    guard features.rows == labels.count, features.rows > 1, classes > 0 else { return nil }
    let (means, scales) = Self.statistics(features)
    self.means = means
    self.scales = scales
    let x = Self.standardised(features, means, scales)
    let frequencies = (0..<classes).map { label in
      Float(labels.count { $0 == label }) / Float(labels.count)
    }
    offsets = frequencies
    var y = Matrix(rows: x.rows, columns: classes)
    for (row, label) in labels.enumerated() {
      for column in 0..<classes { y[row, column] = (column == label ? 1 : 0) - frequencies[column] }
    }
    guard let solution = Self.solve(x, y) else { return nil }
    weights = solution
  }

  /// The class of each row.
  public func predict(_ features: Matrix) -> [Int] {
    let scores = Self.standardised(features, means, scales).times(weights)
    return (0..<scores.rows).map { row in
      offsets.indices.max { (scores[row, $0] + offsets[$0], $1) < (scores[row, $1] + offsets[$1], $0) } ?? 0
    }
  }

  /// Through the singular values: X = U S Vᵀ from the smaller of XXᵀ and XᵀX.
  private static func solve(_ x: Matrix, _ y: Matrix) -> Matrix? {
    let isWide = x.rows <= x.columns
    let gram = isWide ? x.times(x, otherTransposed: true) : x.times(x, transposed: true)
    guard let (squares, vectors) = gram.eigen(largest: gram.rows), let largest = squares.first, largest > 0
    else {
      return nil
    }
    let kept = squares.indices.filter { squares[$0] > largest * 1e-6 }
    var basis = Matrix(rows: vectors.rows, columns: kept.count)
    for (column, source) in kept.enumerated() {
      for row in 0..<vectors.rows { basis[row, column] = vectors[row, source] }
    }
    let s2 = kept.map { squares[$0] }
    // Left singular vectors: the eigenvectors themselves, or X V / s.
    var u = isWide ? basis : x.times(basis)
    if !isWide {
      for row in 0..<u.rows { for column in s2.indices { u[row, column] /= s2[column].squareRoot() } }
    }
    let projected = u.times(y, transposed: true)
    let mean = s2.reduce(0, +) / Float(x.rows)
    let strengths = (-4...3).map { power in
      (0..<abs(power)).reduce(mean) { r, _ in power < 0 ? r / 10 : r * 10 }
    }
    let errors = strengths.map { leaveOneOutError(u, s2, projected, y, $0) }
    guard let best = errors.indices.min(by: { errors[$0] < errors[$1] }) else { return nil }
    var scaled = projected
    for row in s2.indices {
      let factor = 1 / (s2[row] + strengths[best])
      for column in 0..<y.columns { scaled[row, column] *= factor * s2[row].squareRoot() }
    }
    // V = Xᵀ U / s.
    for row in 0..<u.rows { for column in s2.indices { u[row, column] /= s2[column].squareRoot() } }
    return x.times(u.times(scaled), transposed: true)
  }

  private static func leaveOneOutError(
    _ u: Matrix, _ s2: [Float], _ projected: Matrix, _ y: Matrix, _ strength: Float
  ) -> Float {
    let shrink = s2.map { $0 / ($0 + strength) }
    var shrunk = projected
    for row in shrink.indices { for column in 0..<y.columns { shrunk[row, column] *= shrink[row] } }
    let fitted = u.times(shrunk)
    var error: Float = 0
    for row in 0..<y.rows {
      let leverage = shrink.indices.reduce(Float(0)) { $0 + u[row, $1] * u[row, $1] * shrink[$1] }
      for column in 0..<y.columns {
        let residual = (y[row, column] - fitted[row, column]) / max(1e-6, 1 - leverage)
        error += residual * residual
      }
    }
    return error
  }

  private static func statistics(_ x: Matrix) -> (means: [Float], scales: [Float]) {
    var (means, scales) = ([Float](repeating: 0, count: x.columns), [Float](repeating: 0, count: x.columns))
    for row in 0..<x.rows { for column in 0..<x.columns { means[column] += x[row, column] } }
    for column in means.indices { means[column] /= Float(x.rows) }
    for row in 0..<x.rows {
      for column in 0..<x.columns {
        let difference = x[row, column] - means[column]
        scales[column] += difference * difference
      }
    }
    return (means, scales.map { $0 > 0 ? 1 / ($0 / Float(x.rows)).squareRoot() : 0 })
  }

  private static func standardised(_ x: Matrix, _ means: [Float], _ scales: [Float]) -> Matrix {
    var result = x
    for row in 0..<x.rows {
      for column in 0..<x.columns { result[row, column] = (x[row, column] - means[column]) * scales[column] }
    }
    return result
  }
}
