/// What a network should say about each of a number of pictures.
public struct Targets: Sendable, Equatable {
  /// Values per picture: the number of classes.
  public let classes: Int
  /// Row-major, count × classes: 1 for the right class or classes, shares that sum to 1 for mixed pictures.
  public private(set) var values: [Float]

  /// - Throws: `TrainError` when the values are no whole number of rows.
  public init(classes: Int, values: [Float]) throws(TrainError) {
    guard classes > 0, values.count.isMultiple(of: classes) else {
      throw TrainError("\(values.count) target values are no rows of \(classes) classes")
    }
    self.classes = classes
    self.values = values
  }

  /// One class for each picture.
  ///
  /// - Throws: `TrainError` for a class that does not exist.
  public init(classes: Int, of labels: [Int]) throws(TrainError) {
    try self.init(classes: classes, of: labels.map { [$0] })
  }

  /// Any number of classes for each picture.
  ///
  /// - Throws: `TrainError` for a class that does not exist.
  public init(classes: Int, of labels: [[Int]]) throws(TrainError) {
    if let wrong = labels.joined().first(where: { !(0..<classes).contains($0) }) {
      throw TrainError("there is no class \(wrong) amongst \(classes)")
    }
    var values = Array(repeating: Float(0), count: classes * labels.count)
    for (row, labels) in labels.enumerated() {
      for label in labels { values[row * classes + label] = 1 }
    }
    try self.init(classes: classes, values: values)
  }

  /// The number of pictures.
  public var count: Int { values.count / classes }

  /// The targets of one picture.
  public subscript(row: Int) -> ArraySlice<Float> { values[row * classes..<(row + 1) * classes] }

  /// The class with the largest value in a row, the first of equal ones.
  public func label(_ row: Int) -> Int { firstMaximum(self[row]) }

  /// The targets of some of the pictures, in the order given.
  public func rows(_ indices: [Int]) -> Targets {
    var copy = self
    copy.values = indices.flatMap { self[$0] }
    return copy
  }
}

/// The position of the largest value, counted from the start.
func firstMaximum(_ values: ArraySlice<Float>) -> Int {
  var best = values.startIndex
  for index in values.indices where values[index] > values[best] { best = index }
  return best - values.startIndex
}
