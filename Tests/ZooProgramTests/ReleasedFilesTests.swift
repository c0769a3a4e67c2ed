import Testing
import ZooArrays
import ZooSystem

/// The `.zoo` files that released versions wrote (`Tests/Goldens/released/make.sh`) stay readable, with the same numbers.
@Suite struct ReleasedFilesTests {
  private static let folder = Program.root + "/Tests/Goldens/released/"
  private static let files = Program.files(in: folder).filter { $0.hasSuffix(".zoo") }

  /// A version is not released without its files.
  @Test func thisVersionHasItsFiles() {
    #expect(Self.files.contains("\(zooVersion).zoo") && Self.files.contains("\(zooVersion)--compress.zoo"))
  }

  @Test(arguments: files) func theFileIsReadAndGivesKerasNumbers(_ name: String) throws {
    let folder = try TemporaryFolder()
    let model = Self.folder + name
    #expect(
      try Program.succeed("verify", model, Self.folder + "small.keras").contains("every tensor identical"))
    let output = folder.path + "/probabilities.npy"
    try Program.succeed(
      "extract", model, Self.folder + "pixels.npy", "-o", output, "--layer", "predictions")
    let found = try NpyFile(output).floats(rows: 0..<4)
    let expected = try NpyFile(Self.folder + "probabilities.npy").floats(rows: 0..<4)
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-6) }
    let prediction = try Program.succeed("predict", model, Self.folder + "pixels.npy", "--json")
    #expect(
      prediction.contains("\"ant\"") && prediction.contains("\"bee\"") && prediction.contains("\"cat\""))
    try Program.succeed("export", model, "-o", folder.path + "/back.keras")
    try Program.succeed("export", model, "-o", folder.path + "/back.h5")
  }
}
