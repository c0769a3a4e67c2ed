/// How well a network did, gathered over the batches of an epoch.
public struct Metrics: Sendable, Equatable, Codable {
  /// The mean loss over the batches, each counted by its pictures, as Keras reports it.
  public var loss: Double { count > 0 ? lossSum / Double(count) : .nan }
  /// The share of pictures whose most probable class is right; for ``Loss/binaryCrossentropy(labelSmoothing:)``
  /// the share of decisions at probability ½ that are right.
  public var accuracy: Double { count > 0 ? correct / Double(count) : .nan }
  /// The share of pictures whose class is amongst the five most probable ones.
  public var top5: Double { count > 0 ? correctInTop5 / Double(count) : .nan }
  /// Pictures so far.
  public private(set) var count = 0

  private var lossSum = 0.0
  private var correct = 0.0
  private var correctInTop5 = 0.0

  /// Of no pictures yet.
  public init() {}

  /// Adds a batch.
  ///
  /// - Parameter outputs: of the network before its last softmax or sigmoid, neither of which changes ranks;
  ///   a probability of ½ is a `threshold` of 0 before a sigmoid.
  public mutating func add(
    _ outputs: [Float], _ value: Loss.Value, targets: Targets, loss: Loss, threshold: Float
  ) {
    count += targets.count
    lossSum += value.mean * Double(targets.count)
    for row in 0..<targets.count {
      let output = outputs[row * targets.classes..<(row + 1) * targets.classes]
      let label = targets.label(row)
      let ofLabel = output[output.startIndex + label]
      if output.lazy.filter({ $0 > ofLabel }).count < 5 { correctInTop5 += 1 }
      if case .binaryCrossentropy = loss {
        let right = zip(output, targets[row]).lazy.filter { ($0 > threshold) == ($1 > 0.5) }.count
        correct += Double(right) / Double(targets.classes)
      } else if firstMaximum(output) == label {
        correct += 1
      }
    }
  }
}
