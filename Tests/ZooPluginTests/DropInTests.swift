import FoundationEssentials
import NestedBuild
import Testing
import ZooConformance
import ZooGraph
import ZooSystem

@testable import ZooPlugin

/// Plugins that are shared libraries: the worked example in `Tests/DropIn`, and what is wrong with others.
@Suite(.serialized) struct DropInTests {
  private static let example: Result<String, any Error> = Result {
    try NestedBuild.build("Tests/DropIn") + "/libTinyNet.so"
  }
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func theWorkedExampleIsFound() throws {
    let registry = Registry(paths: [try Self.example.get()])
    #expect(registry.rejections.isEmpty)
    let base = try registry.base(named: "tinynet")
    for includeTop in [true, false] {
      let graph = try registry.architecture(of: Variant(of: base, includeTop: includeTop)).graph.resolved()
      #expect(graph.parameterCount == (includeTop ? base.parameters : base.parametersWithoutTop))
    }
  }

  /// What its author runs, and what `zoo plugins check` does.
  @Test func theWorkedExamplePassesEveryCheck() throws {
    let trial = PluginTrial(try Self.example.get())
    #expect(trial.families == ["TinyNet"] && trial.isPassed, "\(trial.results)")
    #expect(trial.results.map(\.check) == ["interface"] + ConformanceCheck.allCases.map(\.rawValue))
  }

  /// A plugin that gives one and the same graph for every variant.
  @Test func checksSayWhatWasExpectedAndFound() throws {
    let graph = try #require(
      String(
        data: try JSONEncoder().encode(
          Architecture(graph: try stubborn(), mapping: WeightMapping(aliases: ["conv": ["dense"]]))),
        encoding: .utf8))
    let base = Base(
      name: "stubborn", family: "Stubborn", inputSize: 32, minimumInputSize: 8, preprocessing: .none,
      parameters: 4,
      parametersWithoutTop: 4, top1: 0.7, top5: 90)
    let bases = String(
      decoding: try JSONEncoder().encode(Catalogue(family: "Stubborn", bases: [base])), as: UTF8.self)
    let library = try compile(
      """
      #include <stddef.h>
      #include <stdint.h>
      #include <string.h>
      char *respond(const char *request) { return strdup(strstr(request, "bases") ? \(literal(bases)) : \(literal(graph))); }
      static struct { uint64_t abi; char *(*respond)(const char *); } record[] = {{1, respond}};
      void *zoo_plugin_records(size_t *count) { *count = 1; return record; }
      """)
    let trial = PluginTrial(library)
    func failure(_ check: ConformanceCheck) -> String {
      trial.results.first { $0.check == check.rawValue }?.failure ?? ""
    }
    #expect(!trial.isPassed && trial.results[0].failure == nil)
    #expect(failure(.parameters).contains("states 4 parameters with top, but its graph has"))
    #expect(failure(.variants).contains("takes 32×32×3, asked for was 97×76×3"))
    #expect(trial.results.allSatisfy { $0.failure?.contains("\n") != true })
  }

  private func stubborn() throws -> ModelGraph {
    let g = GraphBuilder("stubborn")
    let x = g.globalAveragePooling2D(g.conv2D(g.input(.map(32, 32, 3)), "conv", 4, kernel: 1), "pool")
    return try g.build(output: g.dense(x, "dense", 7, activation: .softmax))
  }

  /// A text as C spells it.
  private func literal(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  @Test func aFileThatCannotBeUsedHasOneResult() throws {
    let trial = PluginTrial(try compile("int nothing;"))
    #expect(trial.results.count == 1 && trial.results[0].failure?.contains("not a zoo plugin") == true)
    #expect(
      PluginTrial(folder.path).results[0].failure == "no plugin was found in it; name one shared library")
  }

  @Test func foldersAreSearchedNamedOrFromTheEnvironment() throws {
    let library = try Self.example.get()
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/libTinyNet.so", withDestinationPath: library)
    let environment = ["ZOO_PLUGIN_PATH": "/nonexistent:\(folder.path)", "HOME": "/someone"]
    let ambient = Registry.ambientPaths({ environment[$0] }, installation: "/opt/zoo")
    #expect(
      ambient == [
        "/nonexistent", folder.path, "/someone/.local/share/zoo/plugins", "/opt/zoo/lib/zoo/plugins",
      ])
    for registry in [Registry(paths: [folder.path], ambient: []), Registry(paths: [], ambient: ambient)] {
      #expect(dropIns(registry) == [folder.path + "/libTinyNet.so"])
      #expect(registry.rejections.isEmpty)
    }
  }

  @Test func aBaseClaimedTwiceIsAnError() throws {
    let library = try Self.example.get()
    let copy = folder.path + "/copy.so"
    try FileManager.default.copyItem(atPath: library, toPath: copy)
    let registry = Registry(paths: [library, copy])
    #expect(dropIns(registry) == [library])
    #expect(registry.rejections.map(\.path) == [copy])
    #expect(registry.rejections.first?.reason.contains("claims the base 'tinynet'") == true)
  }

  /// Plugins that are wrong, as a few lines of C each.
  static let wrong = [
    ("{999, respond}", "return \"\";", "built for plugin interface 999"),
    ("{1, respond}", "return strdup(\"rubbish\");", "does not understand"),
    ("{1, respond}", "return strdup(\"{\\\"family\\\":\\\"X\\\",\\\"bases\\\":[]}\");", "declares 0 bases"),
    ("{1, respond}", "return 0;", "did not answer"),
    ("{1, 0}", "return 0;", "its record has no function"),
    ("{1, respond}", "return strdup(\"{\\\"error\\\":\\\"out of order\\\"}\");", "out of order"),
  ]

  @Test(arguments: wrong.indices) func wrongPluginsAreRejectedWithTheReason(_ index: Int) throws {
    let (record, body, reason) = Self.wrong[index]
    let library = try compile(
      """
      #include <stddef.h>
      #include <stdint.h>
      #include <string.h>
      char *respond(const char *request) { \(body) }
      static struct { uint64_t abi; char *(*respond)(const char *); } record[] = {\(record)};
      void *zoo_plugin_records(size_t *count) { *count = 1; return record; }
      """)
    let registry = Registry(paths: [library])
    #expect(dropIns(registry).isEmpty)
    #expect(registry.rejections.first?.reason.contains(reason) == true, "\(registry.rejections)")
  }

  @Test func aLibraryWithoutARecordIsNotAPlugin() throws {
    let registry = Registry(paths: [try compile("int nothing;")])
    #expect(registry.rejections.first?.reason.contains("not a zoo plugin") == true)
  }

  /// The loader would be killed by a signal.
  @Test func aLibraryThatIsCutOffIsRejected() throws {
    let whole = try InputFile.contents(of: try compile("int nothing;"), limit: 1 << 24)
    let path = folder.path + "/cut.so"
    for count in [100, 1_000, 3_000, whole.count / 2] {
      let file = try AtomicFile(path)
      try file.write(Array(whole.prefix(count)))
      try file.commit()
      #expect(Registry(paths: [path]).rejections.first?.reason.contains("cut off") == true, "\(count) bytes")
    }
  }

  @Test func tooManyRecordsAreNotRead() throws {
    let library = try compile(
      "void *zoo_plugin_records(unsigned long *count) { *count = 1u << 31; return count; }")
    #expect(Registry(paths: [library]).rejections.first?.reason.contains("claims 2147483648") == true)
  }

  @Test func aFileThatIsNoLibraryIsRejected() throws {
    let path = folder.path + "/text.so"
    let file = try AtomicFile(path)
    try file.write("not a library")
    try file.commit()
    #expect(Registry(paths: [path]).rejections.first?.reason.contains("cannot be loaded") == true)
    #expect(Registry(paths: [folder.path + "/none"]).rejections.first?.reason == "does not exist")
  }

  /// The families linked into the tests are found as well; these are the others.
  private func dropIns(_ registry: Registry) -> [String] {
    registry.plugins.compactMap(\.path)
  }

  private func compile(_ source: String) throws -> String {
    let (code, library) = (
      folder.path + "/plugin.c", folder.path + "/plugin\(UInt32.random(in: 0 ... .max)).so"
    )
    let file = try AtomicFile(code)
    try file.write(source)
    try file.commit()
    let built = try NestedBuild.run(["cc", "-shared", "-fPIC", "-o", library, code])
    try #require(built.status == 0, "\(built.output)")
    return library
  }
}
