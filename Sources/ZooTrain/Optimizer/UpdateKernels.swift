import Glibc
import ZooEngine

/// The memory of one weight, its gradient and the values an optimizer keeps for it. All have one length, and
/// outlive the update.
struct WeightMemory {
  let values: UnsafeMutablePointer<Float>
  let gradient: UnsafeMutablePointer<Float>
  let slots: [UnsafeMutablePointer<Float>]
  let count: Int
  private let graph: TrainingGraph

  /// `nil` for a weight without values.
  init?(
    _ values: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeMutableBufferPointer<Float>,
    _ slots: [UnsafeMutablePointer<Float>] = [], of graph: TrainingGraph
  ) {
    guard let valuesStart = values.baseAddress, let gradientStart = gradient.baseAddress else { return nil }
    (self.values, self.gradient, self.slots) = (valuesStart, gradientStart, slots)
    count = min(values.count, gradient.count)
    self.graph = graph
  }

  /// Below this, waking other threads takes longer than the work.
  private static let shared = 1 << 14

  /// Runs `body` on all of `things`, those of large weights in parts on several threads. Each value is computed
  /// from those at its own place only, so the result does not depend on the number of parts.
  private func forEachPart(of things: Int, _ body: (Range<Int>) -> Void) {
    if count < Self.shared {
      TinyNumbers.areZero { body(0..<things) }
    } else {
      graph.share(things) { part in TinyNumbers.areZero { body(part) } }
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
    forEachPart(of: count) { range in
      for index in range { gradient[index] *= scale }
    }
  }

  func clipGradient(to limit: Float) {
    forEachPart(of: count) { range in
      for index in range { gradient[index] = min(max(gradient[index], -limit), limit) }
    }
  }

  func decay(by share: Float) {
    forEachPart(of: count) { range in
      for index in range { values[index] -= values[index] * share }
    }
  }

  func descend(rate: Float) {
    forEachPart(of: count) { range in
      for index in range { values[index] -= gradient[index] * rate }
    }
  }

  /// Slots: momentum.
  func descend(rate: Float, momentum: Float, nesterov: Bool) {
    forEachPart(of: count) { range in
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
    forEachBlock { block in
      let slope = block.load(gradient)
      var (mean, square) = (block.load(slots[0]), block.load(slots[1]))
      mean += (slope - mean) * toMean
      square += (slope * slope - square) * toSquare
      block.store(mean, to: slots[0])
      block.store(square, to: slots[1])
      block.store(block.load(values) - mean * rate / (square.squareRoot() + epsilon), to: values)
    }
  }

  /// Slots: velocity, then momentum if any, then the average gradient if it is centered.
  func rmsprop(rate: Float, rho: Double, momentum: Float, epsilon: Float, centered: Bool) {
    let (keep, take) = (Float(rho), Float(1 - rho))
    let speeds = momentum > 0 ? slots[1] : nil
    let averages = centered ? slots[slots.count - 1] : nil
    forEachBlock { block in
      let slope = block.load(gradient)
      let square = keep * block.load(slots[0]) + take * (slope * slope)
      block.store(square, to: slots[0])
      var denominator = square + epsilon
      if let averages {
        let average = keep * block.load(averages) + take * slope
        block.store(average, to: averages)
        denominator = square - average * average + epsilon
      }
      var increment = rate * slope / denominator.squareRoot()
      if let speeds {
        increment = momentum * block.load(speeds) + increment
        block.store(increment, to: speeds)
      }
      block.store(block.load(values) - increment, to: values)
    }
  }

  /// Runs `body` on sixteen values after the other: compilers do not turn loops with square roots into vector
  /// instructions (measured: Adam takes a third of the time).
  private func forEachBlock(_ body: (Block) -> Void) {
    let size = Block.Values.scalarCount
    forEachPart(of: (count + size - 1) / size) { blocks in
      for number in blocks { body(Block(start: number * size, count: min(size, count - number * size))) }
    }
  }
}

/// Up to sixteen neighbours amongst a weight's values; those beyond its end read as zeros.
private struct Block {
  typealias Values = SIMD16<Float>

  let start: Int
  let count: Int

  @inline(__always)
  func load(_ values: UnsafeMutablePointer<Float>) -> Values {
    if count == Values.scalarCount {
      return UnsafeRawPointer(values + start).loadUnaligned(as: Values.self)
    }
    var loaded = Values()
    for lane in 0..<count { loaded[lane] = values[start + lane] }
    return loaded
  }

  @inline(__always)
  func store(_ block: Values, to values: UnsafeMutablePointer<Float>) {
    if count == Values.scalarCount {
      UnsafeMutableRawPointer(values + start).storeBytes(of: block, as: Values.self)
    } else {
      for lane in 0..<count { values[start + lane] = block[lane] }
    }
  }
}
