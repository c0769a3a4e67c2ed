import Testing
import ZooGraph
import ZooSystem

@testable import ZooEngine

/// Small networks drawn at random, every layer of them asked for, against the oracle.
@Suite struct RandomGraphTests {
  @Test(arguments: 0..<120)
  func randomGraph(seed: UInt64) throws {
    var random = SplitMix64(seed: seed &* 977 &+ 1)
    let graph = try randomGraph(&random).resolved()
    let names = graph.entries.map(\.node.name)
    let outputs =
      seed.isMultiple(of: 3) ? names : seed % 3 == 1 ? nil : names.filter { _ in Bool.random(using: &random) }
    try expectEqualToReference(
      graph, outputs: outputs?.isEmpty == true ? nil : outputs, batch: 1 + Int(seed % 3), tolerance: 1e-5)
  }

  @Test(.enabled(if: OneDNN.multipliesBfloat16), arguments: 0..<60)
  func randomGraphInBfloat16(seed: UInt64) throws {
    var random = SplitMix64(seed: seed &* 977 &+ 1)
    let graph = try randomGraph(&random).resolved()
    try expectEqualToReference(graph, options: EngineOptions(precision: .bf16), tolerance: 0.05)
  }

  /// Maps that are concatenated are computed where they belong, and others in place: none may meet another's values.
  @Test(arguments: 0..<150)
  func randomConcatenations(seed: UInt64) throws {
    var random = SplitMix64(seed: seed &* 7_919 &+ 5)
    let graph = try randomConcatenations(&random).resolved()
    let names = graph.entries.map(\.node.name)
    let outputs =
      seed.isMultiple(of: 2) ? nil : names.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
    try expectEqualToReference(
      graph, outputs: outputs?.isEmpty == true ? nil : outputs, batch: seed.isMultiple(of: 5) ? 5 : 1,
      tolerance: 1e-5)
  }

  /// Maps of one size: any of the earlier ones are concatenated, also the same one twice, and concatenations themselves.
  private func randomConcatenations(_ random: inout SplitMix64) throws -> ModelGraph {
    let g = GraphBuilder("random")
    let channels = [5, 8, 16, 20, 24, 32]
    var maps = [
      g.conv2D(
        g.input(.map(6, 5, 3)), "first", channels.randomElement(using: &random) ?? 8, kernel: 3,
        padding: .same)
    ]
    var loose = Set(["first"])
    for index in 0..<Int.random(in: 4...12, using: &random) {
      let name = "layer\(index)"
      let x = maps.suffix(3).randomElement(using: &random) ?? maps[0]
      var inputs = [x]
      switch Int.random(in: 0..<8, using: &random) {
      case 0: maps.append(g.conv2D(x, name, channels.randomElement(using: &random) ?? 16, kernel: 1))
      case 1: maps.append(g.conv2D(x, name, x.shape.channels, kernel: 3, padding: .same, activation: .relu))
      case 2: maps.append(g.activation(g.batchNormalization(x, name + "_bn"), name, .relu))
      case 3: maps.append(g.activation(x, name, [.relu, .sigmoid].randomElement(using: &random) ?? .relu))
      case 4:
        inputs += maps.filter { $0.shape == x.shape && $0.name != x.name }.suffix(1)
        maps.append(inputs.count == 2 ? g.add(name, x, inputs[1]) : g.batchNormalization(x, name))
      default:
        inputs += (0..<2).map { _ in maps.randomElement(using: &random) ?? x }
        maps.append(g.concatenate(name, inputs[0], inputs[1], inputs[2]))
      }
      loose.subtract(inputs.map(\.name))
      loose.insert(name)
    }
    // Everything has to lead to the output.
    var last = maps[maps.count - 1]
    for map in maps.dropLast() where loose.contains(map.name) {
      last = g.concatenate("with_\(map.name)", last, map)
    }
    return try g.build(output: last)
  }

  /// A chain with shortcuts: each layer takes the last map, some join it with an earlier one of its shape.
  private func randomGraph(_ random: inout SplitMix64) throws -> ModelGraph {
    let g = GraphBuilder("random")
    // Without those that jump, where the smallest rounding makes a difference, and that halve the channels.
    let functions = ActivationFunction.standard.filter {
      ![.softmax, .sparsemax, .glu, .hardShrink(threshold: 0.5)].contains($0)
    }
    var x = g.input(.map(Int.random(in: 6...12, using: &random), Int.random(in: 6...12, using: &random), 3))
    var earlier = [x]
    for index in 0..<Int.random(in: 3...12, using: &random) {
      let name = "layer\(index)"
      let channels = [3, 8, 16, 20, 32].randomElement(using: &random) ?? 8
      let function = functions.randomElement(using: &random) ?? .relu
      let partner = earlier.filter { $0.shape == x.shape && $0.name != x.name }.randomElement(using: &random)
      let spacious = min(x.shape.height, x.shape.width) >= 3
      switch Int.random(in: 0..<11, using: &random) {
      case 0, 1: x = g.conv2D(x, name, channels, kernel: 3, padding: .same, activation: function)
      case 2: x = g.conv2D(x, name, x.shape.channels, kernel: 1)
      case 3: x = g.depthwiseConv2D(x, name, kernel: 3, padding: .same)
      case 4, 5: x = g.batchNormalization(x, name)
      case 6: x = g.activation(x, name, function)
      case 7 where spacious: x = g.maxPooling2D(x, name, pool: 3, strides: 2)
      case 8: x = g.zeroPadding2D(x, name, Margins(top: 1, bottom: 0, left: 1, right: 1))
      case 9:
        let pool = g.globalAveragePooling2D(x, name + "_squeeze", keepdims: true)
        let gate = g.conv2D(pool, name + "_gate", x.shape.channels, kernel: 1, activation: .hardSigmoid)
        x = g.multiply(name, x, gate)
      default:
        x = partner.map { g.add(name, x, $0) } ?? g.dropout(x, name, rate: 0.1)
      }
      earlier.append(x)
    }
    return try g.build(output: x)
  }
}
