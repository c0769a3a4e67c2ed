import FoundationEssentials
import Testing
import ZooConformance
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

  /// The checks that `zoo plugins check` makes.
  @Test(arguments: registry.bases.map(\.name), ConformanceCheck.allCases)
  func everyCheckIsPassed(_ name: String, _ check: ConformanceCheck) throws {
    let failure = check.failure(of: try registry.base(named: name), in: registry)
    #expect(failure == nil, "\(check.meaning)")
  }

  /// Of those in this repository the stages are told.
  @Test(arguments: registry.bases.map(\.name)) func stagesAreTold(_ name: String) throws {
    let base = try registry.base(named: name)
    let graph = try registry.architecture(of: Variant(of: base, includeTop: true)).graph.resolved()
    let count = graph.graph.stages.count
    #expect(count >= 3)
    #expect(graph.stage(named: "stage\(count + 1)") == nil && graph.stage(named: "stage0") == nil)
  }

  @Test func unknownBaseSuggestsTheNearest() {
    #expect {
      try registry.base(named: "resnet51")
    } throws: { "\($0)".contains("did you mean 'resnet50'") }
  }
}
