/// `x · scale + shift` of one channel.
package struct ChannelStep: Sendable, Equatable {
  package private(set) var scale = 1.0
  package private(set) var shift = 0.0

  fileprivate mutating func append(scale: Double, shift: Double) {
    self.scale *= scale
    self.shift = self.shift * scale + shift
  }
}

extension [ChannelAffine] {
  /// All steps as one per channel, in double precision.
  ///
  /// - Parameter weight: gives the values of a layer's weight, one for each channel.
  package func composed<Failure: Error>(
    channels: Int, _ weight: (_ layer: String, _ name: String) throws(Failure) -> [Double]
  ) throws(Failure) -> [ChannelStep] {
    var steps = Array<ChannelStep>(repeating: ChannelStep(), count: channels)
    for part in self {
      switch part {
      case .constants(let scale, let shift):
        for channel in steps.indices {
          steps[channel].append(
            scale: scale[scale.count == 1 ? 0 : channel], shift: shift[shift.count == 1 ? 0 : channel])
        }
      case .weights(let layer, let scale, let shift):
        let factors = try scale.map { name throws(Failure) in try weight(layer, name) }
        let summands = try shift.map { name throws(Failure) in try weight(layer, name) }
        for channel in steps.indices {
          steps[channel].append(scale: factors?[channel] ?? 1, shift: summands?[channel] ?? 0)
        }
      case .statistics(let layer, let inverted):
        let (mean, variance) = (try weight(layer, "mean"), try weight(layer, "variance"))
        for channel in steps.indices {
          let deviation = Swift.max(variance[channel].squareRoot(), Normalization.epsilon)
          if inverted {
            steps[channel].append(scale: deviation, shift: mean[channel])
          } else {
            steps[channel].append(scale: 1 / deviation, shift: -mean[channel] / deviation)
          }
        }
      case .batchNormalization(let layer, let normalization):
        let gamma = normalization.scale ? try weight(layer, "gamma") : nil
        let beta = normalization.center ? try weight(layer, "beta") : nil
        let (mean, variance) = (try weight(layer, "moving_mean"), try weight(layer, "moving_variance"))
        for channel in steps.indices {
          let scale = (gamma?[channel] ?? 1) / (variance[channel] + normalization.epsilon).squareRoot()
          steps[channel].append(scale: scale, shift: (beta?[channel] ?? 0) - mean[channel] * scale)
        }
      }
    }
    return steps
  }
}
