import Testing
import ZooSystem

/// `zoo plugins check` as a plugin's author runs it.
@Suite struct PluginCheckTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A plugin with one base, of which it cannot give the graph.
  private func plugin() throws -> String {
    let base =
      #"{\"name\":\"none\",\"family\":\"None\",\"inputSize\":32,\"minimumInputSize\":8,"#
      + #"\"preprocessing\":\"tf\",\"parameters\":2,\"parametersWithoutTop\":1,\"published\":[]}"#
    let source = try folder.file(
      "plugin.c",
      """
      #include <stddef.h>
      #include <stdint.h>
      #include <string.h>
      static char *respond(const char *request) {
        return strdup(strstr(request, "bases") ? "{\\"family\\":\\"None\\",\\"bases\\":[\(base)]}" : "{\\"error\\":\\"out of order\\"}");
      }
      static struct { uint64_t abi; char *(*respond)(const char *); } record = {1, respond};
      void *zoo_plugin_records(size_t *count) { *count = 1; return &record; }
      """)
    let library = folder.path + "/none.so"
    let built = try Program.run(["-shared", "-fPIC", "-o", library, source], executable: "/usr/bin/cc")
    try #require(built.status == 0, "\(built.errors)")
    return library
  }

  @Test func aLineTellsOfEachCheck() throws {
    let outcome = try Program.run(["plugins", "check", try plugin()])
    #expect(outcome.status == 1 && outcome.errors.isEmpty, "\(outcome)")
    let lines = outcome.output.split(separator: "\n").dropFirst()
    #expect(lines.count == 8)
    #expect(lines.filter { $0.hasPrefix("passed") }.count == 2, "\(outcome.output)")
    #expect(lines.filter { $0.hasPrefix("FAILED  none") && $0.hasSuffix("out of order") }.count == 6)
  }

  @Test func programsGetAnObject() throws {
    let outcome = try Program.run(["plugins", "check", "--json", try plugin()])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains(#""check" : "stages""#) && outcome.output.contains(#"out of order""#))
  }

  @Test func whatIsNoPluginIsOneFailure() throws {
    let outcome = try Program.run(["plugins", "check", Program.demoLabels])
    #expect(outcome.status == 1 && outcome.output.contains("FAILED"), "\(outcome)")
    #expect(outcome.output.split(separator: "\n").count == 2)
    for call in [["check"], ["check", "a.so", "b.so"], ["list"]] {
      #expect(try Program.run(["plugins"] + call).status == 2, "\(call)")
    }
  }
}
