import Glibc

/// How the learning rate changes from step to step: Keras' formulas (`learning_rate_schedule.py`).
public struct LearningRateSchedule: Sendable, Equatable, Codable {
  /// How the rate becomes smaller.
  public enum Decay: Sendable, Equatable, Codable {
    /// It does not.
    case constant
    /// Along a half cosine down to `alpha` times the learning rate, in `steps` steps.
    case cosine(steps: Int, alpha: Double = 0)
    /// Times `rate` every `steps` steps, at once (`staircase`) or evenly.
    case exponential(steps: Int, rate: Double, staircase: Bool = false)
  }

  /// The rate at its highest.
  public var learningRate: Double
  /// Steps in which the rate rises evenly from 0, before it decays.
  public var warmupSteps: Int
  /// How it becomes smaller after that.
  public var decay: Decay

  /// - Parameter warmupSteps: steps in which the rate rises from 0.
  public init(_ learningRate: Double, warmupSteps: Int = 0, decay: Decay = .constant) {
    self.learningRate = learningRate
    self.warmupSteps = warmupSteps
    self.decay = decay
  }

  /// The learning rate of a step, counted from 0.
  public func rate(at step: Int) -> Double {
    guard step >= warmupSteps else { return learningRate * Double(step) / Double(warmupSteps) }
    let step = Double(step - warmupSteps)
    switch decay {
    case .constant: return learningRate
    case .cosine(let steps, let alpha):
      let done = min(step / Double(max(1, steps)), 1)
      return learningRate * ((1 - alpha) * 0.5 * (1 + cos(Double.pi * done)) + alpha)
    case .exponential(let steps, let rate, let staircase):
      let periods = step / Double(max(1, steps))
      return learningRate * pow(rate, staircase ? periods.rounded(.down) : periods)
    }
  }
}

/// Lowers the learning rate when the loss no longer falls, as Keras' `ReduceLROnPlateau`.
public struct ReduceOnPlateau: Sendable, Equatable, Codable {
  /// What the rate is multiplied by.
  public var factor: Double
  /// Epochs without an improvement after which the rate is lowered.
  public var patience: Int
  /// What counts as an improvement.
  public var minimumDelta: Double
  /// Epochs after a change in which nothing is counted.
  public var cooldown: Int
  /// The scale below which the rate is not lowered.
  public var minimumScale: Double

  /// Keras' defaults.
  public init(
    factor: Double = 0.1, patience: Int = 10, minimumDelta: Double = 1e-4, cooldown: Int = 0,
    minimumScale: Double = 0
  ) {
    self.factor = factor
    self.patience = patience
    self.minimumDelta = minimumDelta
    self.cooldown = cooldown
    self.minimumScale = minimumScale
  }

  /// What is known so far.
  public struct State: Sendable, Equatable, Codable {
    /// What the schedule's rate is multiplied by.
    public var scale = 1.0
    var best: Double?
    var waited = 0
    var cooling = 0

    /// As it is at the beginning.
    public init() {}
  }

  /// Takes note of an epoch's loss.
  public func note(_ loss: Double, in state: inout State) {
    if state.cooling > 0 {
      state.cooling -= 1
      state.waited = 0
    }
    if state.best.map({ loss + minimumDelta < $0 }) ?? true {
      state.best = loss
      state.waited = 0
    } else if state.cooling == 0 {
      state.waited += 1
      guard state.waited >= patience, state.scale > minimumScale else { return }
      state.scale = max(state.scale * factor, minimumScale)
      state.cooling = cooldown
      state.waited = 0
    }
  }
}
