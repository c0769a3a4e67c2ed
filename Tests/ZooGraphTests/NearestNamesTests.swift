import Testing
import ZooGraph

@Suite struct NearestNamesTests {
  private static let options = ["--json", "--output", "--labels", "--top", "--batch"]

  @Test(arguments: [
    ("--jsn", ["--json"]), ("--out", ["--output"]), ("--label", ["--labels"]), ("--xyz", []), ("--x", []),
    ("--verbatim", []), ("--BATCH", ["--batch"]), ("-json", ["--json"]),
  ]) func nearMeansNear(name: String, expected: [String]) {
    #expect(nearestNames(to: name, amongst: Self.options) == expected)
  }
}
