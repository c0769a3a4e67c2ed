import Testing
import ZooGraph
import ZooPlugin
import ZooSystem

@testable import ZooKeras

/// Whatever is changed in a configuration gives a model or an error.
@Suite struct MutatedConfigurationTests {
  /// `ZOO_MUTATIONS` asks for more than the usual run has time for.
  private static let rounds = environment("ZOO_MUTATIONS").flatMap { Int($0) } ?? 3_000
  private static let small: JSONValue = [
    "class_name": "Sequential",
    "config": [
      "name": "mine",
      "layers": [
        ["class_name": "InputLayer", "config": ["name": "picture", "batch_input_shape": [nil, 8, 6, 1]]],
        [
          "class_name": "Conv2D",
          "config": [
            "name": "conv", "filters": 3, "kernel_size": [3, 3], "padding": "same", "activation": "relu",
          ],
        ], ["class_name": "Flatten", "config": ["name": "flat"]],
        ["class_name": "Dense", "config": ["name": "head", "units": 2, "activation": "softmax"]],
      ],
    ],
  ]

  /// As ``mutatedConfigurations()``, with every kind of layer, and values exchanged for others.
  @Test func mutatedLayers() throws {
    let g = GraphBuilder("wide")
    let picture = g.input(.map(6, 6, 4))
    let map = g.conv2D(
      picture, "conv", 4, kernel: 3, padding: .same, activation: .leakyReLU(negativeSlope: 0.3))
    let kinds: [any LayerKind] = [
      Conv2DTranspose(filters: 4, kernelSize: Size2D(3), padding: .same), LayerNormalization(),
      RMSNormalization(),
      GroupNormalization(groups: 2), UnitNormalization(), Normalization(), PReLU(sharedAxes: [0, 1]),
      Softmax(axis: [0]), Elementwise(.clip(-1, 1)), Activation(.gelu(approximate: true)),
      Permute(axes: [1, 0, 2]),
      Resizing(height: 6, width: 6), LayerScale(), TimeDistributed(Dense(units: 4)),
      MultiHeadAttention(numHeads: 2, keyDim: 2),
      Slice(parts: [
        Slice.Part(start: 5, count: 6, step: -1), Slice.Part(start: 0, count: 6),
        Slice.Part(start: 0, count: 4),
      ]),
    ]
    var taps = [map]
    for (index, kind) in kinds.enumerated() {
      let inputs = kind is MultiHeadAttention ? [map, map] : [map]
      taps.append(g.add(kind, "layer\(index)", to: inputs))
    }
    let sum = g.add(Average(), "sum", to: taps)
    let graph = try g.build(output: g.add(Reduce(.mean, axes: [0, 1]), "mean", to: [sum])).resolved()
    let config = JSONValue.object(["class_name": "Functional", "config": try graph.functionalConfig()])
    let whole = try ConfiguredModel(try ConfigGraph(config), inputSize: nil)
    #expect(try whole.graph.resolved().outputShape == .vector(4))
    var random = SplitMix64(seed: 11)
    for _ in 0..<Self.rounds {
      var mutated = config
      for _ in 0...random.next() % 3 { mutated = Self.mutated(mutated, &random) }
      do throws(UnknownLayer) {
        let model = try ConfiguredModel(try ConfigGraph(mutated), inputSize: nil)
        _ = try? model.graph.resolved()
      } catch {
        #expect(!error.reason.isEmpty)
      }
    }
  }

  /// One value somewhere in it is another, or gone.
  private static func mutated(_ value: JSONValue, _ random: inout SplitMix64) -> JSONValue {
    let strange: [JSONValue] = [
      nil, -1, 0, 2, 1e30, 1.5, 1_000_000_000, true, "x", "same", [], [1, -1], [[1]], [:],
      ["class_name": "ReLU", "config": [:]],
    ]
    func pick<Element>(_ all: [Element]) -> Element { all[Int(random.next() % UInt64(all.count))] }
    switch value {
    case .array(var parts) where !parts.isEmpty && random.next() % 8 != 0:
      let index = Int(random.next() % UInt64(parts.count))
      switch random.next() % 16 {
      case 0: parts.remove(at: index)
      case 1: parts.append(parts[index])
      default: parts[index] = mutated(parts[index], &random)
      }
      return .array(parts)
    case .object(var members) where !members.isEmpty && random.next() % 8 != 0:
      let key = pick(members.keys.sorted())
      if random.next() % 16 == 0 {
        members[key] = Optional.none
      } else {
        members[key] = mutated(members[key] ?? .null, &random)
      }
      return .object(members)
    default: return pick(strange)
    }
  }

  @Test func mutatedConfigurations() throws {
    let variant = Variant(of: try registry.base(named: smallBase), includeTop: true)
    let config = try registry.architecture(of: variant).graph.resolved().functionalConfig()
    let text = Array(try JSONValue.object(["class_name": "Functional", "config": config]).text().utf8)
    let others = Array(try Self.small.text().utf8)
    var random = SplitMix64(seed: 5)
    let pieces = ["null", "-1", "1e30", "[]", "{}", "\"x\"", "true", "9223372036854775807", "[[1]]"].map {
      Array($0.utf8)
    }
    for round in 0..<Self.rounds {
      var bytes = round % 30 == 0 ? text : others
      for _ in 0...round % 3 {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 3 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next() % 96 + 32)
        case 1:
          bytes.removeSubrange(place..<min(bytes.count, place + Int(random.next() % 9)))
        default: bytes.insert(contentsOf: pieces[Int(random.next() % UInt64(pieces.count))], at: place)
        }
      }
      guard let value = JSONValue(String(decoding: bytes, as: UTF8.self)) else { continue }
      do throws(UnknownLayer) {
        let model = try ConfiguredModel(
          try ConfigGraph(value), inputSize: nil, leavesOutUnknown: round % 2 == 0)
        _ = try? model.graph.cut(at: model.graph.output).resolved()
      } catch {
        #expect(!error.reason.isEmpty)
      }
    }
  }
}
