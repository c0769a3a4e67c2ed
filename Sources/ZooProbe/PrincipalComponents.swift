import COpenBLAS

/// The two directions in which features vary most, and the features along them.
///
/// As scikit-learn's `PCA(n_components=2)`: columns are centred, not scaled; of each direction the loading with the
/// largest magnitude is positive, so that the same features always give the same map.
public struct PrincipalComponents: Sendable, Equatable {
  /// A row for each picture, two columns.
  public let coordinates: Matrix
  /// The share of the variance along each of the two, 0…1; both 0 where the features do not vary.
  public let explained: [Double]

  /// - Returns: `nil` for values that are not finite, and where there are none.
  public init?(_ features: Matrix) {
    guard features.rows > 0, features.columns > 0, features.values.allSatisfy(\.isFinite) else { return nil }
    let x = Self.centred(features)
    let total = x.values.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard total > 0, total.isFinite else {
      coordinates = Matrix(rows: x.rows, columns: 2)
      explained = [0, 0]
      return
    }
    // The eigenvectors of the smaller of XXᵀ and XᵀX; the directions are Xᵀu / s, or v itself.
    let isWide = x.rows < x.columns
    let gram = isWide ? x.times(x, otherTransposed: true) : x.times(x, transposed: true)
    guard let (values, vectors) = gram.eigen(largest: 2) else { return nil }
    let directions = isWide ? x.times(vectors, transposed: true) : vectors
    coordinates = x.times(Self.oriented(directions))
    explained = (0..<2).map { $0 < values.count ? max(0, Double(values[$0])) / total : 0 }
  }

  private static func centred(_ features: Matrix) -> Matrix {
    var sums = [Double](repeating: 0, count: features.columns)
    for row in 0..<features.rows {
      for (column, value) in features.row(row).enumerated() { sums[column] += Double(value) }
    }
    let means = sums.map { Float($0 / Double(features.rows)) }
    var result = features
    for row in 0..<features.rows {
      for column in 0..<features.columns { result[row, column] -= means[column] }
    }
    return result
  }

  /// Of length 1, two columns (zeros where there is only one direction), the largest loading positive.
  private static func oriented(_ directions: Matrix) -> Matrix {
    var result = Matrix(rows: directions.rows, columns: 2)
    for column in 0..<min(2, directions.columns) {
      let loadings = (0..<directions.rows).map { directions[$0, column] }
      let length = loadings.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0, let largest = loadings.max(by: { abs($0) < abs($1) }) else { continue }
      let scale = (largest < 0 ? -1 : 1) / length
      for row in loadings.indices { result[row, column] = loadings[row] * scale }
    }
    return result
  }
}

/// The version of OpenBLAS that computes, as in `0.3.21`.
public var openBLASVersion: String {
  guard let text = openblas_get_config() else { return "unknown" }
  let words = String(cString: text).split(separator: " ")
  return words.count > 1 ? String(words[1]) : "unknown"
}
