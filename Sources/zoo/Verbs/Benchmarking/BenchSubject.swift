import ZooEngine
import ZooFile
import ZooGraph
import ZooPlugin
import ZooStore

/// What is measured: a file, or a base with random weights.
struct BenchSubject {
  let name: String
  private let graph: ResolvedGraph
  private let file: ZooFile?
  private let preprocessing: Preprocessing

  init(_ name: String, _ context: Context) throws {
    self.name = name
    let store = ModelStore()
    if ModelStore.exists(name) || !store.files(of: name).isEmpty {
      let file = try context.model(name)
      self.file = file
      graph = file.graph
      preprocessing = file.model.preprocessing
    } else {
      let registry = try context.registry()
      let base = try registry.base(named: name)
      graph = try registry.architecture(of: Variant(of: base, includeTop: true)).graph.resolved()
      preprocessing = base.preprocessing
      file = nil
    }
  }

  func engine(batch: Int, _ options: EngineOptions) throws -> Engine {
    if let file {
      return try Engine(
        graph, weights: file, maximumBatch: batch, preprocessing: preprocessing, options: options)
    }
    return try Engine(
      graph, weights: RandomWeights(graph), maximumBatch: batch, preprocessing: preprocessing,
      options: options)
  }
}
