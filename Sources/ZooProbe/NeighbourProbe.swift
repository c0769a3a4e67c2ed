/// A classifier by the `k` most similar pictures, by cosine similarity; they vote with equal weight.
public struct NeighbourProbe: Sendable {
  private let features: Matrix
  private let labels: [Int]
  private let k: Int

  /// - Parameter k: how many neighbours are asked.
  public init(_ features: Matrix, labels: [Int], k: Int = 5) {
    self.features = Self.normalised(features)
    self.labels = labels
    self.k = k
  }

  /// The class of each row. Ties go to the class whose nearest member is nearer.
  public func predict(_ rows: Matrix) -> [Int] {
    let similarities = Self.normalised(rows).times(features, otherTransposed: true)
    return (0..<similarities.rows).map { row in
      let nearest = labels.indices.sorted {
        (similarities[row, $1], $0) < (similarities[row, $0], $1)
      }.prefix(k)
      var votes: [Int: Int] = [:]
      for neighbour in nearest { votes[labels[neighbour], default: 0] += 1 }
      let most = votes.values.max() ?? 0
      return nearest.lazy.map { labels[$0] }.first { votes[$0] == most } ?? 0
    }
  }

  private static func normalised(_ matrix: Matrix) -> Matrix {
    var result = matrix
    for row in 0..<matrix.rows {
      let length = matrix.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
      for column in 0..<matrix.columns where length > 0 { result[row, column] /= length }
    }
    return result
  }
}
