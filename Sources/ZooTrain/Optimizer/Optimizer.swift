import Glibc
import ZooEngine
import ZooGraph

/// Changes the trainable weights of a training graph by their gradients, step by step.
public struct Optimizer: Sendable {
  /// The rule and its numbers.
  public let configuration: OptimizerConfiguration
  /// Steps taken.
  public private(set) var iterations = 0
  /// What the rule keeps, by trainable weight and by slot, as long as the weight.
  public private(set) var slots: [[[Float]]] = []
  /// The share of the learning rate that each trainable weight gets.
  private let rateShares: [Double]

  /// Fresh, for all trainable weights of `graph`.
  ///
  /// - Throws: `TrainError` for parameters out of bounds.
  public init(_ configuration: OptimizerConfiguration, for graph: TrainingGraph) throws(TrainError) {
    try configuration.validate()
    self.configuration = configuration
    rateShares = layerwiseShares(of: graph, decay: configuration.layerwiseDecay ?? 1)
    var slots: [[[Float]]] = []
    let count = configuration.rule.slotNames.count
    graph.update { _, values, _ in
      slots.append(Array(repeating: Array(repeating: 0, count: values.count), count: count))
    }
    self.slots = slots
  }

  /// Takes up where another optimizer with these parameters was.
  ///
  /// - Throws: `TrainError` when the slots do not suit the weights.
  public mutating func restore(iterations: Int, slots: [[[Float]]]) throws(TrainError) {
    guard slots.map({ $0.map(\.count) }) == self.slots.map({ $0.map(\.count) }), iterations >= 0 else {
      throw TrainError("the optimizer's state does not suit the trainable weights")
    }
    self.iterations = iterations
    self.slots = slots
  }

  /// Clips the gradients, decays the weights, then moves them, in Keras' order.
  public mutating func step(_ graph: TrainingGraph, learningRate: Double) {
    clip(graph)
    iterations += 1
    let (configuration, step) = (configuration, iterations)
    graph.update { number, values, gradient in
      guard slots.indices.contains(number) else { return }
      let rate = Float(learningRate * rateShares[number])
      withSlots(&slots[number], []) { slots in
        guard let memory = WeightMemory(values, gradient, slots, of: graph) else { return }
        if let decay = configuration.weightDecay { memory.decay(by: Float(decay) * rate) }
        configuration.rule.move(memory, rate: rate, step: step)
      }
    }
  }

  /// Whether a step would leave the weights finite numbers. Some activations hide from the loss what is no
  /// number any more, but never from the gradients.
  func canStep(_ graph: TrainingGraph) -> Bool {
    var isFinite = true
    graph.update { _, values, gradient in
      isFinite = isFinite && WeightMemory(values, gradient, of: graph)?.hasFiniteGradient() ?? true
    }
    return isFinite
  }

  private func clip(_ graph: TrainingGraph) {
    guard let clipping = configuration.clipping else { return }
    var squares: [Double] = []
    graph.update { _, values, gradient in
      squares.append(WeightMemory(values, gradient, of: graph)?.squaredNorm() ?? 0)
    }
    let all = squares.reduce(0, +).squareRoot()
    graph.update { number, values, gradient in
      guard let memory = WeightMemory(values, gradient, of: graph) else { return }
      switch clipping {
      case .value(let limit): memory.clipGradient(to: Float(limit))
      case .norm(let limit):
        let norm = squares[number].squareRoot()
        if norm > limit { memory.scaleGradient(by: Float(limit / norm)) }
      case .globalNorm(let limit):
        // Of a gradient that is not finite nothing finite is left, as in Keras.
        if !(all <= limit) { memory.scaleGradient(by: all.isFinite ? Float(limit / all) : .nan) }
      }
    }
  }
}

/// Opens one slot after the other.
private func withSlots(
  _ slots: inout [[Float]], _ opened: [UnsafeMutablePointer<Float>],
  _ body: ([UnsafeMutablePointer<Float>]) -> Void
) {
  guard opened.count < slots.count else { return body(opened) }
  let index = opened.count
  var current: [Float] = []
  swap(&current, &slots[index])
  current.withUnsafeMutableBufferPointer { buffer in
    if let address = buffer.baseAddress { withSlots(&slots, opened + [address], body) }
  }
  swap(&current, &slots[index])
}

extension OptimizerRule {
  /// One step of one weight; `step` counts from 1.
  fileprivate func move(_ memory: WeightMemory, rate: Float, step: Int) {
    switch self {
    case .sgd(let momentum, let nesterov):
      if momentum == 0 { return memory.descend(rate: rate) }
      memory.descend(rate: rate, momentum: Float(momentum), nesterov: nesterov)
    case .adam(let beta1, let beta2, let epsilon):
      let step = Float(step)
      let corrected =
        rate * (1 - powf(Float(beta2), step)).squareRoot() / (1 - powf(Float(beta1), step))
      memory.adam(rate: corrected, beta1: beta1, beta2: beta2, epsilon: Float(epsilon))
    case .rmsprop(let rho, let momentum, let epsilon, let centered):
      memory.rmsprop(
        rate: rate, rho: rho, momentum: Float(momentum), epsilon: Float(epsilon), centered: centered)
    }
  }
}

/// For each trainable weight `decay` to the power of the number of layers with a trainable kernel above its
/// own. A normalization goes with the kernel before it.
private func layerwiseShares(of graph: TrainingGraph, decay: Double) -> [Double] {
  var depth = 0
  var depths: [Int] = []
  var last: String?
  for (name, role) in zip(graph.trainable, graph.trainableRoles) {
    // A separable convolution has two kernels and is one layer.
    if role == .kernel, name.layer != last { (depth, last) = (depth + 1, name.layer) }
    depths.append(max(1, depth))
  }
  return depths.map { pow(decay, Double(max(1, depth) - $0)) }
}
