import Testing
import ZooGraph
import ZooPlugin
import ZooSystem

@testable import ZooKeras

/// Layers of Python code, which is never run.
@Suite struct LambdaTests {
  /// Before Keras had a layer for it, InceptionResNetV2 added with a Lambda. Its code is not looked at: it must be within
  /// the base.
  @Test(arguments: [0.17, 0.18])
  func aLambdaIsTakenWhereTheBaseTellsWhatItDoes(_ scale: Double) throws {
    let base = try registry.base(named: "inceptionresnetv2")
    let graph = try registry.architecture(of: Variant(of: base, includeTop: false, inputSize: Size2D(75)))
      .graph
    guard case .object(var config) = try graph.resolved().functionalConfig() else { return }
    config["layers"] = .array(Self.withLambdas(config["layers"]?.array ?? [], first: scale))
    let read = try ConfigGraph(["class_name": "Functional", "config": .object(config)])
    let model = try ConfiguredModel(read, inputSize: nil)
    let found = BaseFinder(model.graph, in: registry).find(preferred: nil)
    #expect(found?.base.name == (scale == 0.17 ? base.name : nil))
    let lambdas = read.nodes.filter { $0.className == "Lambda" }
    #expect(lambdas.count == 40 && lambdas.allSatisfy { (found?.names[$0.name] != nil) == (scale == 0.17) })
  }

  @Test func aLambdaOutsideOfTheBaseIsRefused() throws {
    let lambda: JSONValue = [
      "class_name": "Lambda", "name": "sum", "inbound_nodes": [[["a", 0, 0, [:]], ["a", 0, 0, [:]]]],
      "config": ["name": "sum", "function": ["4wEAAAAA", nil, nil], "arguments": ["scale": 0.17]],
    ]
    let folder = try ZooSystem.TemporaryFolder()
    let path = "\(folder.path)/lambda.h5"
    try TestModel().writeLegacy(
      path, version: "2.4.0", root: "model_weights",
      attributes: [.text("model_config", try functional([lambda], output: "sum").text())])
    let message = failure { _ = try convert(path) }
    #expect(message?.contains("layer 'sum' (Lambda): it runs Python code") == true, "\(message ?? "")")
  }

  /// Each sum of a layer and another one's scaled output as one Lambda, the first one with a scale of its own.
  private static func withLambdas(_ layers: [JSONValue], first: Double) -> [JSONValue] {
    func operands(_ layer: JSONValue) -> [JSONValue] { layer["inbound_nodes"]?.array?.first?.array ?? [] }
    let scalings = layers.filter { $0["name"]?.string?.hasSuffix("_scale") == true }
    return layers.compactMap { layer in
      guard !scalings.contains(layer) else { return nil }
      let scaled = operands(layer).last?.array?.first
      guard let scaled, let scaling = scalings.first(where: { $0["name"] == scaled }),
        let name = layer["name"]
      else { return layer }
      let block = String((scaling["name"]?.string ?? "").dropLast("_scale".count))
      let scale = block == "block35_1" ? .number(first) : scaling["config"]?["scale"] ?? .null
      return [
        "class_name": "Lambda", "name": name,
        "config": [
          "name": name, "function": ["4wEAAAAA", nil, nil], "arguments": ["scale": scale],
        ],
        "inbound_nodes": [[operands(layer)[0], operands(scaling)[0]]],
      ]
    }
  }
}
