import Glibc
import Testing
import ZooEngine
import ZooGraph
import ZooSystem

/// Older processors have one code for a convolution, and so nothing to choose.
@Suite(.enabled(if: Engine.instructions.contains("AVX2"), "there is nothing to choose without AVX2"))
struct TuningTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func network() throws -> ResolvedGraph {
    let g = GraphBuilder("test")
    let entry = g.conv2D(g.input(.map(14, 14, 16)), "entry", 32, kernel: 3, padding: .same, activation: .relu)
    let x = g.conv2D(entry, "main", 32, kernel: 3, padding: .same)
    return try g.build(output: g.conv2D(g.add("add", entry, x), "odd", 7, kernel: 1)).resolved()
  }

  private func contents(_ path: String) throws -> String {
    String(decoding: try InputFile.contents(of: path, limit: 1 << 20), as: UTF8.self)
  }

  @Test func measuresOnceAndRemembers() throws {
    let path = folder.path + "/cache/zoo/tuning.json"
    let graph = try network()
    let first = Tuning(path: path)
    try expectEqualToReference(graph, options: EngineOptions(threads: 1, tuning: first), tolerance: 3e-6)
    try first.save()
    let written = try contents(path)
    #expect(written.contains("14×14×16→32 kernel 3×3"))

    // Nothing new: the file is not written again.
    #expect(unlink(path) == 0)
    try first.save()
    #expect(access(path, F_OK) != 0)
  }

  @Test func measuresOnlyWhereItMay() throws {
    let path = folder.path + "/tuning.json"
    let tuning = Tuning(path: path, measures: false)
    try expectEqualToReference(try network(), options: EngineOptions(threads: 1, tuning: tuning))
    try tuning.save()
    #expect(access(path, F_OK) != 0)
  }

  /// What the file says is taken, as the profile shows.
  @Test func takesWhatIsRemembered() throws {
    let path = folder.path + "/tuning.json"
    let graph = try network()
    let weights = TestWeights(graph, seed: 1)
    func algorithms(_ tuning: Tuning) throws -> [String] {
      let engine = try Engine(
        graph, weights: weights, maximumBatch: 1, options: EngineOptions(threads: 1, tuning: tuning))
      let profile = try engine.profile(pictures(graph.inputShape, count: 1), repetitions: 1)
      return profile.filter { $0.layers.contains("entry") && $0.floatingPointOperations > 0 }.map(\.algorithm)
    }
    let tuning = Tuning(path: path)
    let chosen = try algorithms(tuning)
    try tuning.save()
    let direct = try contents(path).replacing(try #require(chosen.first), with: "jit:avx512_core")
    let file = try AtomicFile(path)
    try file.write(direct)
    try file.commit()
    let expected = chosen[0].contains("avx512_core") ? ["jit:avx512_core"] : chosen
    #expect(try algorithms(Tuning(path: path)) == expected)
  }

  @Test(arguments: ["", "not JSON", "{\"version\": 99, \"machines\": {}}", "[1, 2]"])
  func aFileThatIsNotUnderstoodCountsAsEmpty(_ text: String) throws {
    let path = folder.path + "/tuning.json"
    let file = try AtomicFile(path)
    try file.write(text)
    try file.commit()
    let tuning = Tuning(path: path)
    try expectEqualToReference(
      try network(), options: EngineOptions(threads: 1, tuning: tuning), tolerance: 3e-6)
    try tuning.save()
    #expect(try contents(path).contains("\"version\" : 2"))
  }
}
