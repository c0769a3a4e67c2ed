import FoundationEssentials
import Testing

/// `zoo bench` on a small base. How fast it is depends on the machine; that the figures belong together does not.
@Suite struct BenchTests {
  private struct Row: Decodable {
    struct Operation: Decodable {
      var layers: [String]
      var algorithm: String
      var ms: Double
    }
    var model: String
    var batch: Int
    var runs: Int
    var precision: String
    var msPerImage: Double
    var minMsPerImage: Double
    var lowerQuartileMsPerImage: Double
    var upperQuartileMsPerImage: Double
    var gflops: Double
    var peakGflops: Double
    var shareOfPeak: Double
    var operations: [Operation]?
  }

  private func rows(_ options: String...) throws -> [Row] {
    let base = "mobilenet_0.25_128"
    let outcome = try Program.run(["bench", base, "--runs", "4", "--json"] + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode([Row].self, from: Data(outcome.output.utf8))
  }

  @Test func figuresBelongTogether() throws {
    let rows = try rows("--batch", "1,3", "--profile")
    #expect(rows.map(\.batch) == [1, 3])
    for row in rows {
      #expect(row.model == "mobilenet_0.25_128" && row.runs == 4)
      #expect(0 < row.minMsPerImage && row.minMsPerImage <= row.lowerQuartileMsPerImage)
      #expect(row.lowerQuartileMsPerImage <= row.msPerImage)
      #expect(row.msPerImage <= row.upperQuartileMsPerImage)
      // 13.5 million multiplications and as many additions, by the layers' shapes.
      #expect(abs(row.gflops * row.msPerImage - 27) < 1)
      #expect(abs(row.shareOfPeak - row.gflops / row.peakGflops) < 1e-9)
    }
    let operations = try #require(rows[0].operations)
    #expect(operations.contains { $0.layers.contains("conv_pw_13") && !$0.algorithm.isEmpty && $0.ms > 0 })
    #expect(rows[1].operations == nil)
  }

  @Test func oneModelIsComparedWithItsOtherSettings() throws {
    let rows = try rows("--batch", "1", "--compare")
    #expect(rows.count >= 3 && rows[0].precision == "float32")
    let table = try Program.succeed(
      "bench", "mobilenet_0.25_128", "--batch", "1", "--runs", "2", "--compare")
    #expect(table.contains("speed") && table.contains("1.00 ×") && table.contains("direct"))
  }

  @Test(arguments: [["--batch", "0"], ["--batch", "x"], ["--precision", "int8"], ["--runs", "0"]])
  func mistakesInTheCall(options: [String]) throws {
    let outcome = try Program.run(["bench", "vgg16"] + options)
    #expect(outcome.status == 2 && outcome.errors.contains(options[0]))
  }
}
