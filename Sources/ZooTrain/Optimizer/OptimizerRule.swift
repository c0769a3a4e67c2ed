/// How gradients change weights: Keras 3's rules and defaults (`keras/src/optimizers`).
public enum OptimizerRule: Sendable, Equatable, Codable {
  /// Keras' `SGD`.
  case sgd(momentum: Double = 0, nesterov: Bool = false)
  /// Keras' `Adam`; with weight decay, `AdamW`.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7)
  /// Keras' `RMSprop`.
  case rmsprop(rho: Double = 0.9, momentum: Double = 0, epsilon: Double = 1e-7, centered: Bool = false)

  /// Keras' names of the values it keeps for each weight.
  public var slotNames: [String] {
    switch self {
    case .sgd(let momentum, _): momentum == 0 ? [] : ["momentum"]
    case .adam: ["momentum", "velocity"]
    case .rmsprop(_, let momentum, _, let centered):
      ["velocity"] + (momentum > 0 ? ["momentum"] : []) + (centered ? ["average_gradient"] : [])
    }
  }
}

/// A bound on gradients, applied before they change weights.
public enum GradientClipping: Sendable, Equatable, Codable {
  /// Keras' `clipvalue`: each value between −limit and limit.
  case value(Double)
  /// Keras' `clipnorm`: each weight's gradient no longer than this.
  case norm(Double)
  /// Keras' `global_clipnorm`: all gradients together no longer than this.
  case globalNorm(Double)
}

/// An optimizer's parameters.
public struct OptimizerConfiguration: Sendable, Equatable, Codable {
  /// What a gradient does to a weight.
  public var rule: OptimizerRule
  /// The learning rate where a recipe names none.
  public var learningRate: Double
  /// The share of a weight, times the learning rate, that is taken off it before each step.
  public var weightDecay: Double?
  /// How long gradients may be; `nil`: as long as they are.
  public var clipping: GradientClipping?
  /// The learning rate of each layer with a kernel is that of the one above it times this.
  public var layerwiseDecay: Double?

  /// - Parameter rule: what a gradient does to a weight.
  public init(
    _ rule: OptimizerRule, learningRate: Double, weightDecay: Double? = nil,
    clipping: GradientClipping? = nil, layerwiseDecay: Double? = nil
  ) {
    self.rule = rule
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.clipping = clipping
    self.layerwiseDecay = layerwiseDecay
  }

  /// Keras' `SGD` with its default rate.
  public static func sgd(momentum: Double = 0, nesterov: Bool = false) -> OptimizerConfiguration {
    OptimizerConfiguration(.sgd(momentum: momentum, nesterov: nesterov), learningRate: 0.01)
  }

  /// Keras' `Adam` with its defaults.
  public static let adam = OptimizerConfiguration(.adam(), learningRate: 0.001)
  /// Keras' `AdamW` with its defaults.
  public static let adamW = OptimizerConfiguration(.adam(), learningRate: 0.001, weightDecay: 0.004)
  /// Keras' `RMSprop` with its defaults.
  public static let rmsprop = OptimizerConfiguration(.rmsprop(), learningRate: 0.001)

  /// - Throws: `TrainError` for the first parameter that is out of bounds.
  public func validate() throws(TrainError) {
    func require(_ name: String, _ value: Double, _ range: ClosedRange<Double>) throws(TrainError) {
      guard range.contains(value) else {
        throw TrainError(
          "\(name) must be between \(range.lowerBound) and \(range.upperBound), found \(value)")
      }
    }
    try require("the learning rate", learningRate, 0...1e6)
    try require("weight decay", weightDecay ?? 0, 0...1e6)
    try require("layer-wise decay", layerwiseDecay ?? 1, 0...1)
    switch clipping {
    case .value(let limit), .norm(let limit), .globalNorm(let limit):
      guard limit > 0, limit.isFinite else { throw TrainError("clipping must be above 0, found \(limit)") }
    case nil: break
    }
    switch rule {
    case .sgd(let momentum, _): try require("momentum", momentum, 0...1)
    case .adam(let beta1, let beta2, let epsilon):
      try require("beta_1", beta1, 0...(1 - 1e-9))
      try require("beta_2", beta2, 0...(1 - 1e-9))
      try require("epsilon", epsilon, 0...1)
    case .rmsprop(let rho, let momentum, let epsilon, _):
      try require("rho", rho, 0...1)
      try require("momentum", momentum, 0...1)
      try require("epsilon", epsilon, 0...1)
    }
  }
}
