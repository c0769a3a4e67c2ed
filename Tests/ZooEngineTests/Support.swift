import Glibc
import Testing
import ZooEngine
import ZooGraph
import ZooSystem

func exponential(_ x: Double) -> Double { exp(x) }

/// Random weights for every layer of a graph, scaled so that values neither vanish nor explode.
struct TestWeights: WeightSource {
  struct Missing: Error, CustomStringConvertible {
    var description: String
  }

  var tensors: [String: [Float]] = [:]

  init(_ graph: ResolvedGraph, seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for entry in graph.entries {
      for spec in entry.weights {
        let fanIn = spec.shape.dropLast().reduce(1, *)
        let scale = (3 / Float(max(1, fanIn))).squareRoot()
        tensors["\(entry.owner)/\(spec.name)"] = (0..<spec.elementCount).map { _ in
          switch spec.role {
          case .scale, .variance: Float.random(in: 0.5...1.5, using: &random)
          case .counter: 3
          case .bias, .shift, .mean: Float.random(in: -0.3...0.3, using: &random)
          case .kernel: Float.random(in: -1...1, using: &random) * scale
          }
        }
      }
    }
  }

  func values(_ layer: String, _ weight: String) -> [Float] { tensors["\(layer)/\(weight)"] ?? [] }

  func withWeight<Result>(
    layer: String, weight: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    guard let values = tensors["\(layer)/\(weight)"] else {
      throw Missing(description: "no \(layer)/\(weight)")
    }
    return try values.withUnsafeBufferPointer(body)
  }
}

/// `count` random pictures, one after the other.
func pictures(_ shape: Shape, count: Int, seed: UInt64 = 7, in range: ClosedRange<Float> = -1...1) -> [Float]
{
  var random = SplitMix64(seed: seed)
  return (0..<(shape.elementCount ?? 0) * count).map { _ in Float.random(in: range, using: &random) }
}

/// The distance between two lists of values, relative to the length of the second.
func relativeError(_ found: [Float], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  var (difference, length) = (0.0, 0.0)
  for (found, expected) in zip(found, expected) {
    difference += (Double(found) - expected) * (Double(found) - expected)
    length += expected * expected
  }
  return (difference / max(length, 1e-30)).squareRoot()
}

/// Builds a graph and checks that the engine computes what the oracle does.
func expectEqualToReference(
  outputs: [String]? = nil, batch: Int = 2, preprocessing: Preprocessing = .none,
  options: EngineOptions = EngineOptions(), tolerance: Double = 2e-6, input: Shape = .map(9, 8, 5),
  range: ClosedRange<Float> = -1...1, location: SourceLocation = #_sourceLocation,
  _ body: (GraphBuilder, GraphBuilder.Tap) -> GraphBuilder.Tap
) throws {
  let builder = GraphBuilder("test")
  let graph = try builder.build(output: body(builder, builder.input(input))).resolved()
  try expectEqualToReference(
    graph, outputs: outputs, batch: batch, preprocessing: preprocessing, options: options,
    tolerance: tolerance, range: range, location: location)
}

func expectEqualToReference(
  _ graph: ResolvedGraph, outputs: [String]? = nil, batch: Int = 2, preprocessing: Preprocessing = .none,
  options: EngineOptions = EngineOptions(), tolerance: Double = 2e-6, range: ClosedRange<Float> = -1...1,
  location: SourceLocation = #_sourceLocation
) throws {
  let weights = TestWeights(graph, seed: 3)
  let engine = try Engine(
    graph, weights: weights, outputs: outputs, maximumBatch: batch, preprocessing: preprocessing,
    options: options)
  let pixels = pictures(graph.inputShape, count: batch, in: range)
  let results = try engine.run(pixels, count: batch)
  let reference = Reference(graph: graph, weights: weights, preprocessing: preprocessing)
  let size = pixels.count / batch
  for picture in 0..<batch {
    let expected = reference.outputs(of: pixels[picture * size..<(picture + 1) * size])
    for (name, result) in zip(engine.outputs, results) {
      let length = result.count / batch
      let found = Array(result[picture * length..<(picture + 1) * length])
      let error = relativeError(found, expected[name] ?? [])
      #expect(
        error <= tolerance, "picture \(picture), output \(name): relative error \(error)",
        sourceLocation: location)
    }
  }
}
