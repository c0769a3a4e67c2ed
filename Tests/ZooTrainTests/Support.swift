import ZooEngine
import ZooGraph
import ZooSystem
import ZooTrain

/// Weights by `layer/weight`; zero where there are none.
struct FixedWeights: WeightSource {
  var values: [String: [Float]] = [:]
  var shapes: [String: Int] = [:]

  init(_ graph: ResolvedGraph, _ values: [String: [Float]] = [:]) {
    self.values = values
    for entry in graph.entries {
      for spec in entry.weights { shapes["\(entry.node.name)/\(spec.name)"] = spec.elementCount }
    }
  }

  func withWeight<Result>(
    layer: String, weight: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    let name = "\(layer)/\(weight)"
    let zeros = Array(repeating: Float(0), count: shapes[name] ?? 0)
    return try (values[name] ?? zeros).withUnsafeBufferPointer(body)
  }
}

/// Two blocks of convolutions as a base, named as bases are.
func smallBase() throws -> ResolvedGraph {
  let builder = GraphBuilder("base")
  var x = builder.input(.map(6, 6, 3))
  for block in 1...3 {
    x = builder.conv2D(x, "block\(block)_conv", 4 * block, kernel: 3, padding: .same)
    x = builder.batchNormalization(x, "block\(block)_bn")
    x = builder.activation(x, "block\(block)_relu", .relu)
  }
  return try builder.build(output: x).resolved()
}

/// Vectors of three classes around three corners, far enough apart to be told from one another.
func clusters(_ count: Int, features: Int = 6, classes: Int = 3, seed: UInt64) throws -> MemoryExamples {
  var random = SplitMix64(seed: seed)
  let labels = (0..<count).map { $0 % classes }
  let values = labels.flatMap { label in
    (0..<features).map { ($0 % classes == label ? 1 : 0) + Float.random(in: -0.6...0.6, using: &random) }
  }
  return try MemoryExamples(inputs: [values], targets: Targets(classes: classes, of: labels))
}

/// A head for ``clusters(_:features:classes:seed:)`` on a base that is its input alone.
func clusterHead(_ head: String = "dense:8:relu,dropout:0.2,dense") throws -> ModelWithHead {
  let builder = GraphBuilder("input only")
  let base = try builder.build(output: builder.input(.vector(6))).resolved()
  return try Head(head).appended(to: base, classes: 3, output: .softmax)
}

func isClose(_ found: Double, _ expected: Double, _ tolerance: Double = 1e-6) -> Bool {
  abs(found - expected) <= tolerance * max(1, abs(expected))
}
