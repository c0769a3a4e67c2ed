import ZooGraph
import ZooSystem

/// Weights for measuring speed where a network's own are not at hand: kernels scaled after He et al. (2015), so
/// that values keep a sane size, and normalisations that do nothing. The same every time.
public struct RandomWeights: WeightSource {
  private let specs: [String: WeightSpec]

  /// For all weights of a network.
  public init(_ graph: ResolvedGraph) {
    var specs: [String: WeightSpec] = [:]
    for entry in graph.entries {
      for weight in entry.weights { specs["\(entry.owner)/\(weight.name)"] = weight }
    }
    self.specs = specs
  }

  /// - Throws: `EngineError` for a weight the graph does not have, and what `body` throws.
  public func withWeight<Result>(
    layer: String, weight: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    guard let spec = specs["\(layer)/\(weight)"] else {
      throw EngineError(layer: layer, "the graph has no weight '\(weight)'")
    }
    return try values(of: spec).withUnsafeBufferPointer(body)
  }

  private func values(of spec: WeightSpec) -> [Float] {
    switch spec.role {
    case .kernel:
      var random = SplitMix64(seed: UInt64(spec.elementCount))
      let inputs = spec.shape.dropLast().reduce(1, *)
      let scale = (6 / Float(max(1, inputs))).squareRoot()
      return (0..<spec.elementCount).map { _ in
        (Float(random.next() >> 40) / Float(1 << 23) - 1) * scale
      }
    case .scale, .variance: return Array(repeating: 1, count: spec.elementCount)
    case .bias, .shift, .mean, .counter: return Array(repeating: 0, count: spec.elementCount)
    }
  }
}
