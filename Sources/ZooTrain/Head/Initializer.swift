import ZooEngine
import ZooGraph
import ZooSystem

/// What new layers' weights are before training: Keras' defaults, from a seed.
///
/// Each weight's numbers depend on the seed and on its name only, not on which others are drawn.
public struct InitialWeights: WeightSource, Sendable {
  private let specs: [WeightName: WeightSpec]
  private let seed: UInt64

  /// For the weights of `layers` in `graph`.
  public init(_ graph: ResolvedGraph, layers: [String], seed: UInt64) {
    let wanted = Set(layers)
    var specs: [WeightName: WeightSpec] = [:]
    for entry in graph.entries where wanted.contains(entry.node.name) {
      for spec in entry.weights { specs[WeightName(entry.owner, spec.name)] = spec }
    }
    self.specs = specs
    self.seed = seed
  }

  /// A weight's values: a kernel's by ``glorotUniform(_:generator:)``, scales and variances 1, all others 0.
  ///
  /// - Throws: `TrainError` for a weight that is none of the layers'.
  public func values(of name: WeightName) throws(TrainError) -> [Float] {
    guard let spec = specs[name] else { throw TrainError("there is no new weight '\(name)'") }
    switch spec.role {
    case .kernel: return glorotUniform(spec.shape, generator: generator(for: name))
    case .scale, .variance: return Array(repeating: 1, count: spec.elementCount)
    case .bias, .shift, .mean, .counter: return Array(repeating: 0, count: spec.elementCount)
    }
  }

  public func withWeight<Result>(
    layer: String, weight: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try values(of: WeightName(layer, weight)).withUnsafeBufferPointer(body)
  }

  private func generator(for name: WeightName) -> SplitMix64 {
    name.description.utf8.reduce(SplitMix64(seed: seed)) { $0.mixed(UInt64($1)) }
  }
}

/// Uniform between ±√(6 / (fan in + fan out)) (Glorot and Bengio, 2010), with Keras' fans: of a kernel's shape
/// all but the last two dimensions are the window.
public func glorotUniform(_ shape: [Int], generator: SplitMix64) -> [Float] {
  let window = shape.dropLast(2).reduce(1, *)
  let fanOut = (shape.last ?? 1) * window
  let fanIn = (shape.count >= 2 ? shape[shape.count - 2] : shape.last ?? 1) * window
  let limit = (6 / Float(fanIn + fanOut)).squareRoot()
  var generator = generator
  return (0..<shape.reduce(1, *)).map { _ in
    // 24 bits are what a float's fraction holds.
    let share = Float(generator.next() >> 40) / 0x1p24
    return (share * 2 - 1) * limit
  }
}

/// Weights from one source where it has them in memory, from another elsewhere.
public struct OverlaidWeights: WeightSource {
  /// Looked at first.
  public var overlay: [WeightName: [Float]]
  /// Has the others.
  public var base: any WeightSource

  /// - Parameter base: has the weights that `overlay` has not.
  public init(_ overlay: [WeightName: [Float]], over base: any WeightSource) {
    self.overlay = overlay
    self.base = base
  }

  public func withWeight<Result>(
    layer: String, weight: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    guard let values = overlay[WeightName(layer, weight)] else {
      return try base.withWeight(layer: layer, weight: weight, body)
    }
    return try values.withUnsafeBufferPointer(body)
  }
}
