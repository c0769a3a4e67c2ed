/// How much a picture of each class counts.
public struct ClassWeights: Sendable, Equatable, Codable {
  /// One for each class.
  public var weights: [Double]

  /// - Parameter weights: one for each class.
  public init(_ weights: [Double]) { self.weights = weights }

  /// The inverse of each class' share, so that all classes count alike: pictures / (classes · pictures of the
  /// class), as scikit-learn's `balanced`. A class without pictures counts nothing.
  public init(balancing targets: Targets) {
    var counts = Array(repeating: 0, count: targets.classes)
    for row in 0..<targets.count {
      for (label, value) in targets[row].enumerated() where value > 0 { counts[label] += 1 }
    }
    weights = counts.map { $0 == 0 ? 0 : Double(targets.count) / Double(targets.classes * $0) }
  }

  /// The weight of each picture; a mixed one has the mean of its classes' weights.
  public func of(_ targets: Targets) -> [Double] {
    (0..<targets.count).map { row in
      let values = targets[row].map(Double.init)
      let sum = values.reduce(0, +)
      return sum > 0 ? zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / sum : 1
    }
  }
}
