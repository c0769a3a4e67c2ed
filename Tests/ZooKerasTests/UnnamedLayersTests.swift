import Testing
import ZooGraph
import ZooPlugin
import ZooSystem

@testable import ZooKeras

/// Layers that nobody named, whose numbers depend on what the session has made before.
@Suite struct UnnamedLayersTests {
  private let folder: ZooSystem.TemporaryFolder
  private let graph: ResolvedGraph

  /// A residual network in which several layers of one class have weights of one shape.
  init() throws {
    folder = try ZooSystem.TemporaryFolder()
    let g = GraphBuilder("net")
    var x = g.input(.map(16, 16, 4))
    for block in 1...3 {
      let shortcut = g.conv2D(x, g.numbered("conv2d"), 4, kernel: 1)
      x = g.conv2D(x, "block\(block)_conv", 4, kernel: 1)
      x = g.batchNormalization(x, g.numbered("batch_normalization"))
      x = g.add(g.numbered("add"), x, shortcut)
    }
    graph = try g.build(output: x).resolved()
  }

  /// Where each layer's weights were found.
  private func found(_ model: TestModel, _ write: (TestModel, String) throws -> Void) throws -> [String:
    String]
  {
    let path = "\(folder.path)/in.h5"
    try write(model, path)
    let match = WeightMatcher(graph, WeightMapping()).match(try KerasSource.open(path).layers)
    #expect(match.fits && match.unused.isEmpty, "\(match.firstDifference ?? "")")
    return Dictionary(
      match.applied.map { ($0.layer, $0.sourceLayer) }, uniquingKeysWith: { first, _ in first })
  }

  /// The network with other numbers.
  private func renumbered(_ name: (String, Int) -> String) -> (model: TestModel, names: [String: String]) {
    var model = TestModel(graph)
    var names: [String: String] = [:]
    for index in model.layers.indices {
      let layer = model.layers[index]
      let numbered = NumberedClass(group: layer.name)
      let isUnnamed = numbered.className == layer.className
      let new = isUnnamed ? name(layer.className, numbered.number) : layer.name
      if !layer.weights.isEmpty { names[layer.name] = new }
      model.layers[index].name = new
      for weight in layer.weights.indices {
        model.layers[index].weights[weight].name.replace(layer.name + "/", with: new + "/")
      }
    }
    return (model, names)
  }

  @Test func numbersThatBeginWithOneAreTheOrder() throws {
    let (model, names) = renumbered { "\($0)_\($1 + 1)" }
    #expect(names["conv2d"] == "conv2d_1" && names["conv2d_1"] == "conv2d_2")
    #expect(try found(model) { try $0.writeLegacy($1) } == names)
  }

  @Test func numbersOfALaterModelAreTheOrder() throws {
    let (model, names) = renumbered { "\($0)_\($1 + 9)" }
    #expect(try found(model) { try $0.writeLegacy($1) } == names)
    #expect(try found(model) { try $0.writeWeights($1) } == names)
  }

  @Test func namesOfKeras1AreKnown() throws {
    let (model, names) = renumbered { name, number in
      let old = ["conv2d": "convolution2d", "batch_normalization": "batchnormalization", "add": "merge"]
      return "\(old[name] ?? name)_\(number + 1)"
    }
    #expect(try found(model) { try $0.writeLegacy($1) } == names)
  }

  @Test func sameNumbersAreNames() throws {
    var (model, names) = renumbered { $1 == 0 ? $0 : "\($0)_\($1)" }
    model.layers.reverse()
    #expect(try found(model) { try $0.writeLegacy($1) } == names)
  }
}
