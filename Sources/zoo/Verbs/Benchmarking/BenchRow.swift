import ZooEngine
import ZooSystem

/// What was measured of one network with one setting and batch size.
struct BenchRow: Encodable {
  var model: String
  var batch: Int
  var precision: String
  var winograd: Bool
  var threads: Int
  var runs: Int
  /// Milliseconds a picture: median, least, and the quartiles, between which half of the runs lie.
  var msPerImage: Double
  var minMsPerImage: Double
  var lowerQuartileMsPerImage: Double
  var upperQuartileMsPerImage: Double
  /// Multiplications and additions of convolutions and matrix products, as a direct convolution needs them, by
  /// the median.
  var gflops: Double
  /// What the machine reaches at most with these threads and this precision.
  var peakGflops: Double?
  /// May be above 1: Winograd's algorithm needs fewer multiplications than are counted.
  var shareOfPeak: Double?
  /// Of a single picture; only with `--profile`.
  var operations: [Operation]?

  /// A step of the network: the layers that are computed in it, and how.
  struct Operation: Encodable {
    var layers: [String]
    var algorithm: String
    var ms: Double
    var gflops: Double
  }

  /// How long and how often to run.
  struct Effort {
    /// Runs to measure; `nil`: as many as fit into `seconds`, and at least `fewest`.
    var runs: Int?
    var seconds = 1.5
    var fewest = 10
    /// The engine finds out in its first runs how many threads a picture is to have.
    var warmUp = 3
  }

  init(
    _ model: String, _ engine: Engine, _ options: EngineOptions, batch: Int, effort: Effort, peak: Double?
  ) throws {
    // Random, as pictures are: some processors take less power, and so run faster, on equal numbers.
    var random = SystemRandomNumberGenerator()
    let pixels = (0..<batch * (engine.inputShape.elementCount ?? 0)).map { _ in
      Float(UInt8.random(in: 0...255, using: &random))
    }
    for _ in 0..<effort.warmUp { _ = try engine.run(pixels, count: batch) }
    var times: [Double] = []
    let start = ContinuousClock.now
    func isEnough() -> Bool {
      if let runs = effort.runs { return times.count >= runs }
      return times.count >= effort.fewest && (ContinuousClock.now - start) / .seconds(1) >= effort.seconds
    }
    while !isEnough() {
      let start = ContinuousClock.now
      _ = try engine.run(pixels, count: batch)
      times.append((ContinuousClock.now - start) / .milliseconds(1) / Double(batch))
    }
    times.sort()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(times.count - 1)
      let (lower, upper) = (times[Int(place)], times[min(Int(place) + 1, times.count - 1)])
      return lower + (upper - lower) * (place - place.rounded(.down))
    }
    self.model = model
    self.batch = batch
    precision = options.precision.rawValue
    winograd = options.allowsWinograd
    threads = engine.threads
    runs = times.count
    msPerImage = quantile(0.5)
    minMsPerImage = times[0]
    lowerQuartileMsPerImage = quantile(0.25)
    upperQuartileMsPerImage = quantile(0.75)
    gflops = Double(engine.floatingPointOperations) / msPerImage / 1e6
    peakGflops = peak
    shareOfPeak = peak.map { gflops / $0 }
  }

  /// Measures each operation.
  mutating func profile(_ engine: Engine) throws {
    let pixels = [Float](repeating: 128, count: engine.inputShape.elementCount ?? 0)
    operations = try engine.profile(pixels).map { operation in
      Operation(
        layers: operation.layers, algorithm: operation.algorithm, ms: operation.milliseconds,
        gflops: Double(operation.floatingPointOperations) / max(operation.milliseconds, 1e-9) / 1e6)
    }
  }
}

// MARK: For people

extension BenchRow {
  /// What is not the default.
  private var setting: String {
    if precision != Precision.float32.rawValue { return precision }
    return winograd ? "float32" : "float32, direct"
  }

  /// - Parameter compares: adds how many times as fast each row is as the first one of the same batch.
  static func table(_ rows: [BenchRow], compares: Bool) -> String {
    let header = [
      "model", "setting", "threads", "batch", "ms/picture", "least", "spread", "runs", "GFLOP/s", "of peak",
    ]
    let cells = rows.map { row in
      let spread = [row.lowerQuartileMsPerImage, row.upperQuartileMsPerImage]
        .map { rounded($0, decimals: 2) }.joined(separator: "–")
      let first = rows.first { $0.batch == row.batch }?.msPerImage ?? row.msPerImage
      return [
        row.model, row.setting, "\(row.threads)", "\(row.batch)", rounded(row.msPerImage, decimals: 2),
        rounded(row.minMsPerImage, decimals: 2), spread, "\(row.runs)", rounded(row.gflops, decimals: 0),
        row.shareOfPeak.map { "\(rounded($0 * 100, decimals: 0)) %" } ?? "–",
      ] + (compares ? ["\(rounded(first / row.msPerImage, decimals: 2)) ×"] : [])
    }
    return zoo.table(header + (compares ? ["speed"] : []), cells, right: Set(2...10))
  }

  /// `nil` without a profile.
  var profileTable: String? {
    guard let operations else { return nil }
    let total = operations.reduce(0) { $0 + $1.ms }
    let table = zoo.table(
      ["operation", "algorithm", "ms", "share", "GFLOP/s"],
      operations.map { operation in
        [
          operation.layers.joined(separator: " + "), operation.algorithm, rounded(operation.ms, decimals: 3),
          percent(operation.ms / max(total, 1e-9)), rounded(operation.gflops, decimals: 1),
        ]
      }, right: [2, 3, 4])
    return "\(model), \(setting), one picture: \(rounded(total, decimals: 2)) ms\n\(table)"
  }
}
