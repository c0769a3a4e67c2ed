import FoundationEssentials
import Testing
import ZooGraph
import ZooPlugin

/// The registry as a program sees it; no architecture is imported here.
let registry = Registry()

/// What every base must fulfil. A new base is tested by being registered.
@Suite struct BasesTests {
  @Test func familiesAreFoundWithoutAList() throws {
    #expect(registry.rejections.isEmpty)
    let folders = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Plugins")
    let families = try FileManager.default.contentsOfDirectory(atPath: folders.path).filter {
      !$0.hasPrefix(".")
    }
    #expect(registry.plugins.map(\.family) == families.sorted())
    #expect(registry.plugins.allSatisfy { !$0.bases.isEmpty })
  }

  /// Stages follow one another to smaller and smaller maps, the last of which the top, or what is without it, is made of.
  @Test(arguments: registry.bases.map(\.name))
  func stagesEndInSmallerMaps(_ name: String) throws {
    let base = try registry.base(named: name)
    let graph = try resolved(Variant(of: base, includeTop: true))
    let shapes = try graph.graph.stages.map { try graph.entry(named: $0).shape }
    #expect(shapes.count >= 3 && shapes.allSatisfy { $0.rank == 3 })
    #expect(zip(shapes, shapes.dropFirst()).allSatisfy { $0.height >= $1.height && $0 != $1 })
    #expect(shapes.last?.height == graph.featureMap.shape.height)
    let last = try #require(graph.stage(named: "stage\(shapes.count)"))
    #expect(
      try graph.entry(named: "stage\(shapes.count)").node.name == graph.entries[last.upperBound].node.name)
    #expect(graph.stage(named: "stage\(shapes.count + 1)") == nil && graph.stage(named: "stage0") == nil)
  }

  @Test(arguments: registry.bases.map(\.name))
  func declaredParametersAreTheGraphs(_ name: String) throws {
    let base = try registry.base(named: name)
    for includeTop in [true, false] {
      let graph = try registry.architecture(of: Variant(of: base, includeTop: includeTop)).graph.resolved()
      #expect(graph.parameterCount == (includeTop ? base.parameters : base.parametersWithoutTop))
      #expect(graph.inputShape == .map(base.inputSize, base.inputSize, 3))
    }
  }

  @Test(arguments: registry.bases.map(\.name))
  func topPoolingSizeAndClassesAreHonoured(_ name: String) throws {
    let base = try registry.base(named: name)
    let map = try resolved(Variant(of: base, includeTop: false, inputSize: Size2D(97, 76)))
    #expect(map.outputShape.rank == 3)
    for pooling in [Pooling.avg, .max] {
      let pooled = try resolved(Variant(of: base, includeTop: false, pooling: pooling))
      #expect(pooled.outputShape == .vector(map.outputShape.channels))
      #expect(pooled.featureMap.shape.channels == map.outputShape.channels)
    }
    let top = try resolved(Variant(of: base, includeTop: true, classes: 7))
    #expect(top.outputShape == .vector(7))
    // ConvNeXt's last normalization is of the map without top, of what was pooled with it.
    let isShared = top.index(of: map.graph.output) != nil
    #expect(top.featureMap.node.name == map.entries[map.outputIndex - (isShared ? 0 : 1)].node.name)
    #expect(top.outputActivation == .softmax)
  }

  @Test(arguments: registry.bases.map(\.name))
  func smallestInputWorksAndSmallerIsRefused(_ name: String) throws {
    let base = try registry.base(named: name)
    let smallest = base.minimumInputSize
    _ = try resolved(Variant(of: base, includeTop: false, inputSize: Size2D(smallest)))
    #expect(throws: RegistryError.self) {
      try resolved(Variant(of: base, includeTop: false, inputSize: Size2D(smallest - 1, smallest)))
    }
    #expect(throws: RegistryError.self) { try resolved(Variant(of: base, includeTop: true, classes: 0)) }
  }

  @Test(arguments: registry.bases.map(\.name))
  func aliasesNameLayersOfTheGraph(_ name: String) throws {
    let base = try registry.base(named: name)
    let top = try registry.architecture(of: Variant(of: base, includeTop: true))
    let names = Set(top.graph.nodes.map(\.name))
    let aliases = top.mapping.aliases.flatMap(\.value)
    #expect(Set(aliases).count == aliases.count, "an alias stands for one layer")
    #expect(names.isDisjoint(with: aliases))
    // Blocks without an expansion or a shortcut have aliases to spare, whole networks have not.
    #expect(top.mapping.aliases.isEmpty || !names.isDisjoint(with: top.mapping.aliases.keys))
  }

  @Test func unknownBaseSuggestsTheNearest() {
    #expect {
      try registry.base(named: "resnet51")
    } throws: { "\($0)".contains("did you mean 'resnet50'") }
  }

  private func resolved(_ variant: Variant) throws -> ResolvedGraph {
    try registry.architecture(of: variant).graph.resolved()
  }
}
