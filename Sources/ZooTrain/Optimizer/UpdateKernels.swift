import Dispatch
import Glibc

/// The memory of one weight, its gradient and the values an optimizer keeps for it. All have one length, and
/// outlive the update.
struct WeightMemory: @unchecked Sendable {
  // Threads work on disjoint ranges.
  let values: UnsafeMutablePointer<Float>
  let gradient: UnsafeMutablePointer<Float>
  let slots: [UnsafeMutablePointer<Float>]
  let count: Int

  /// `nil` for a weight without values.
  init?(
    _ values: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeMutableBufferPointer<Float>,
    _ slots: [UnsafeMutablePointer<Float>]
  ) {
    guard let valuesStart = values.baseAddress, let gradientStart = gradient.baseAddress else { return nil }
    (self.values, self.gradient, self.slots) = (valuesStart, gradientStart, slots)
    count = min(values.count, gradient.count)
  }

  /// Runs `body` on all of it, large weights in pieces on several threads. Each value is computed from those at
  /// its own place only, so the result does not depend on the number of pieces.
  func forEachPiece(_ body: @Sendable (Range<Int>) -> Void) {
    let piece = 1 << 16
    let pieces = (count + piece - 1) / piece
    guard pieces > 1 else { return body(0..<count) }
    DispatchQueue.concurrentPerform(iterations: pieces) { number in
      body(number * piece..<min(count, (number + 1) * piece))
    }
  }

  /// The sum of the gradient's squares, always in the same order.
  func squaredNorm() -> Double {
    var sum = 0.0
    for index in 0..<count { sum += Double(gradient[index]) * Double(gradient[index]) }
    return sum
  }

  /// Whether the gradient holds numbers only.
  func hasFiniteGradient() -> Bool {
    // A number times zero is zero, all else is not.
    var lanes = SIMD16<Float>(repeating: 0)
    let whole = count / 16 * 16
    for start in stride(from: 0, to: whole, by: 16) {
      lanes += UnsafeRawPointer(gradient + start).loadUnaligned(as: SIMD16<Float>.self) * 0
    }
    return lanes.sum() == 0 && (whole..<count).allSatisfy { gradient[$0].isFinite }
  }

  func scaleGradient(by scale: Float) {
    forEachPiece { range in
      for index in range { gradient[index] *= scale }
    }
  }

  func clipGradient(to limit: Float) {
    forEachPiece { range in
      for index in range { gradient[index] = min(max(gradient[index], -limit), limit) }
    }
  }

  func decay(by share: Float) {
    forEachPiece { range in
      for index in range { values[index] -= values[index] * share }
    }
  }

  func descend(rate: Float) {
    forEachPiece { range in
      for index in range { values[index] -= gradient[index] * rate }
    }
  }

  /// Slots: momentum.
  func descend(rate: Float, momentum: Float, nesterov: Bool) {
    forEachPiece { range in
      let speed = slots[0]
      for index in range {
        let push = gradient[index] * rate
        speed[index] = speed[index] * momentum - push
        values[index] += nesterov ? speed[index] * momentum - push : speed[index]
      }
    }
  }

  /// Slots: momentum, velocity.
  func adam(rate: Float, beta1: Double, beta2: Double, epsilon: Float) {
    let (toMean, toSquare) = (Float(1 - beta1), Float(1 - beta2))
    forEachPiece { range in
      let (mean, square) = (slots[0], slots[1])
      for index in range {
        let slope = gradient[index]
        mean[index] += (slope - mean[index]) * toMean
        square[index] += (slope * slope - square[index]) * toSquare
        values[index] -= mean[index] * rate / (square[index].squareRoot() + epsilon)
      }
    }
  }

  /// Slots: velocity, then momentum if any, then the average gradient if it is centered.
  func rmsprop(rate: Float, rho: Double, momentum: Float, epsilon: Float, centered: Bool) {
    let (keep, take) = (Float(rho), Float(1 - rho))
    forEachPiece { range in
      let square = slots[0]
      let speed = momentum > 0 ? slots[1] : nil
      let average = centered ? slots[slots.count - 1] : nil
      for index in range {
        let slope = gradient[index]
        square[index] = keep * square[index] + take * (slope * slope)
        var denominator = square[index] + epsilon
        if let average {
          average[index] = keep * average[index] + take * slope
          denominator = square[index] - average[index] * average[index] + epsilon
        }
        let increment = rate * slope / denominator.squareRoot()
        if let speed {
          speed[index] = momentum * speed[index] + increment
          values[index] -= speed[index]
        } else {
          values[index] -= increment
        }
      }
    }
  }
}
