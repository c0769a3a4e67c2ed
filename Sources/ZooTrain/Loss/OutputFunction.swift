import Glibc
import ZooGraph

/// The last function of a network, which a training graph leaves to the loss: softmax, sigmoid or none.
struct OutputFunction {
  let function: ActivationFunction

  /// One picture's probabilities, in double precision.
  func probabilities(_ row: ArraySlice<Float>) -> [Double] {
    let values = row.map(Double.init)
    switch function {
    case .softmax:
      let largest = values.max() ?? 0
      let powers = values.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    case .sigmoid: return values.map { 1 / (1 + exp(-$0)) }
    default: return values
    }
  }

  /// From the gradient with respect to the probabilities that with respect to what went in.
  func backward(_ gradient: [Double], probabilities: [Double]) -> [Double] {
    switch function {
    case .softmax:
      let mean = zip(gradient, probabilities).reduce(0) { $0 + $1.0 * $1.1 }
      return zip(gradient, probabilities).map { ($0 - mean) * $1 }
    case .sigmoid: return zip(gradient, probabilities).map { $0 * $1 * (1 - $1) }
    default: return gradient
    }
  }
}
