import Glibc
import ZooSystem
import ZooTrain

/// Each picture mixed with another of its batch, targets alike (mixup; Zhang et al., 2018), where the trained
/// layers begin. Shares are drawn from Beta(alpha, alpha).
struct MixedExamples: Examples {
  let source: any Examples
  let alpha: Double
  let seed: UInt64

  var count: Int { source.count }

  func targets(of examples: [Int], epoch: Int) throws(TrainError) -> Targets {
    let targets = try source.targets(of: examples, epoch: epoch)
    var values = targets.values
    values.withUnsafeMutableBufferPointer { mix($0, examples, epoch) }
    return try Targets(classes: targets.classes, values: values)
  }

  func fill(
    _ input: Int, with examples: [Int], epoch: Int, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(TrainError) {
    try source.fill(input, with: examples, epoch: epoch, into: buffer)
    mix(buffer, examples, epoch)
  }

  private func mix(_ rows: UnsafeMutableBufferPointer<Float>, _ examples: [Int], _ epoch: Int) {
    guard let first = examples.first else { return }
    let old = Array(rows)
    let size = old.count / examples.count
    let partners = shuffledIndices(examples.count, seed: seed ^ UInt64(first), epoch: epoch)
    let random = SplitMix64(seed: seed).mixed(0x4D69_7875_70).mixed(UInt64(bitPattern: Int64(epoch)))
    for (place, partner) in partners.enumerated() {
      let share = Float(beta(random.mixed(UInt64(examples[place]))))
      for value in 0..<size {
        rows[place * size + value] =
          share * old[place * size + value] + (1 - share) * old[partner * size + value]
      }
    }
  }

  /// Beta(alpha, alpha) by Jöhnk's method (1964), which suits an alpha of at most 1.
  private func beta(_ random: SplitMix64) -> Double {
    var random = random
    while true {
      let (x, y) = (pow(random.share(), 1 / alpha), pow(random.share(), 1 / alpha))
      if x + y > 0, x + y <= 1 { return x / (x + y) }
    }
  }
}
