import Glibc
import ZooGraph

/// What training makes small, with Keras' formulas and defaults (`keras/src/losses/losses.py`).
public enum Loss: Sendable, Equatable, Codable {
  /// `−Σ t · log p` with targets `t · (1 − labelSmoothing) + labelSmoothing / classes`.
  case categoricalCrossentropy(labelSmoothing: Double = 0)
  /// `−log p` of the right class.
  case sparseCategoricalCrossentropy
  /// The mean over the classes of `−t · log p − (1 − t) · log(1 − p)`, each class for itself; targets are
  /// drawn towards ½ by `labelSmoothing`.
  case binaryCrossentropy(labelSmoothing: Double = 0)

  /// A batch's loss.
  public struct Value: Sendable, Equatable {
    /// The mean over the batch of each picture's loss times its weight.
    public var mean: Double
    /// Each picture's loss, unweighted.
    public var ofEach: [Double]
    /// Of `mean` with respect to the network's output before its last softmax or sigmoid; row-major.
    public var gradient: [Float]
  }

  /// The loss of a batch.
  ///
  /// Where the network ends in the function that goes with the loss, both are computed in one, from what
  /// enters the function, as Keras does. Elsewhere probabilities are kept from 0 and 1 by 1e-7.
  ///
  /// - Parameters:
  ///   - outputs: count × classes, before `function`.
  ///   - function: the network's last function.
  ///   - weights: one for each picture; the sum is divided by their number, not by their sum.
  /// - Throws: `TrainError` when the sizes do not fit.
  public func evaluate(
    _ outputs: [Float], _ function: ActivationFunction, targets: Targets, weights: [Double]? = nil
  ) throws(TrainError) -> Value {
    guard outputs.count == targets.values.count, targets.count > 0 else {
      throw TrainError(
        "the network gives \(outputs.count) values for \(targets.count) pictures of \(targets.classes) classes"
      )
    }
    guard weights.map({ $0.count == targets.count }) ?? true else {
      throw TrainError("there are \(weights?.count ?? 0) weights for \(targets.count) pictures")
    }
    var value = Value(mean: 0, ofEach: [], gradient: [])
    value.gradient.reserveCapacity(outputs.count)
    for row in 0..<targets.count {
      let scale = (weights?[row] ?? 1) / Double(targets.count)
      let output = outputs[row * targets.classes..<(row + 1) * targets.classes]
      let (loss, gradient) = ofOne(output, OutputFunction(function: function), targets, row)
      value.ofEach.append(loss)
      value.mean += loss * scale
      value.gradient += gradient.map { Float($0 * scale) }
    }
    return value
  }

  /// One picture's loss and its gradient with respect to the output before `function`.
  private func ofOne(
    _ output: ArraySlice<Float>, _ function: OutputFunction, _ targets: Targets, _ row: Int
  ) -> (loss: Double, gradient: [Double]) {
    let wanted = wantedValues(targets, row)
    switch (self, function.function) {
    case (.categoricalCrossentropy, .softmax), (.sparseCategoricalCrossentropy, .softmax):
      return Self.softmaxCrossentropy(output, wanted)
    case (.binaryCrossentropy, .sigmoid): return Self.sigmoidCrossentropy(output, wanted)
    case (.binaryCrossentropy, _):
      let probabilities = function.probabilities(output)
      let (loss, gradient) = Self.binaryCrossentropy(probabilities, wanted)
      return (loss, function.backward(gradient, probabilities: probabilities))
    default:
      let probabilities = function.probabilities(output)
      let clipsFirst = self == .sparseCategoricalCrossentropy
      let (loss, gradient) = Self.crossentropy(probabilities, wanted, clipsFirst: clipsFirst)
      return (loss, function.backward(gradient, probabilities: probabilities))
    }
  }

  /// The targets as the loss sees them.
  private func wantedValues(_ targets: Targets, _ row: Int) -> [Double] {
    switch self {
    case .sparseCategoricalCrossentropy:
      let label = targets.label(row)
      return (0..<targets.classes).map { $0 == label ? 1 : 0 }
    case .categoricalCrossentropy(let smoothing):
      return targets[row].map { Double($0) * (1 - smoothing) + smoothing / Double(targets.classes) }
    case .binaryCrossentropy(let smoothing):
      return targets[row].map { Double($0) * (1 - smoothing) + smoothing / 2 }
    }
  }

  // MARK: From what enters the last function

  private static func softmaxCrossentropy(
    _ output: ArraySlice<Float>, _ wanted: [Double]
  ) -> (Double, [Double]) {
    let largest = Double(output.max() ?? 0)
    let shifted = output.map { Double($0) - largest }
    let sum = shifted.reduce(0) { $0 + exp($1) }
    let loss = zip(shifted, wanted).reduce(0) { $0 + $1.1 * (log(sum) - $1.0) }
    return (loss, zip(shifted, wanted).map { exp($0) / sum - $1 })
  }

  private static func sigmoidCrossentropy(
    _ output: ArraySlice<Float>, _ wanted: [Double]
  ) -> (Double, [Double]) {
    let count = Double(wanted.count)
    var loss = 0.0
    var gradient: [Double] = []
    for (output, wanted) in zip(output, wanted) {
      let output = Double(output)
      loss += (max(output, 0) - output * wanted + log1p(exp(-abs(output)))) / count
      gradient.append((1 / (1 + exp(-output)) - wanted) / count)
    }
    return (loss, gradient)
  }

  // MARK: From probabilities

  /// Keras' `epsilon()`.
  private static let epsilon = 1e-7

  private static func clipped(_ probability: Double) -> (value: Double, slope: Double) {
    if probability < epsilon { return (epsilon, 0) }
    if probability > 1 - epsilon { return (1 - epsilon, 0) }
    return (probability, 1)
  }

  /// Probabilities are made to sum to 1, then clipped; the sparse loss does it the other way round.
  private static func crossentropy(
    _ probabilities: [Double], _ wanted: [Double], clipsFirst: Bool
  ) -> (Double, [Double]) {
    let first = probabilities.map { clipsFirst ? clipped($0) : ($0, 1) }
    let sum = first.reduce(0) { $0 + $1.0 }
    let second = first.map { clipsFirst ? ($0.0 / sum, 1) : clipped($0.0 / sum) }
    let loss = zip(second, wanted).reduce(0) { $0 - $1.1 * log($1.0.0) }
    // With respect to the shares of the sum, then through the division, then through the first clipping.
    let ofShares = zip(second, wanted).map { -$1 / $0.0 * $0.1 }
    let mean = zip(ofShares, first).reduce(0) { $0 + $1.0 * $1.1.0 } / sum
    return (loss, zip(ofShares, first).map { ($0 - mean) / sum * $1.1 })
  }

  private static func binaryCrossentropy(
    _ probabilities: [Double], _ wanted: [Double]
  ) -> (Double, [Double]) {
    let count = Double(wanted.count)
    var loss = 0.0
    var gradient: [Double] = []
    for (probability, wanted) in zip(probabilities, wanted) {
      let (value, slope) = clipped(probability)
      loss -= (wanted * log(value) + (1 - wanted) * log(1 - value)) / count
      gradient.append(((1 - wanted) / (1 - value) - wanted / value) * slope / count)
    }
    return (loss, gradient)
  }
}

extension Loss {
  /// The function a network that is trained with this loss should end in.
  public var outputFunction: ActivationFunction {
    if case .binaryCrossentropy = self { .sigmoid } else { .softmax }
  }
}
