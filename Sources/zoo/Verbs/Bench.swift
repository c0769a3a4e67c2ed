import ZooEngine

/// `zoo bench`: how fast networks run on this machine.
enum Bench: Verb {
  static let synopsis = Synopsis(
    name: "bench", arguments: "[MODEL…]",
    summary: "Measure how fast networks run here: time a picture, GFLOP/s, layer by layer.",
    details: """
      MODEL is a .zoo file, or a base's name: without its file at hand it runs with random weights, which takes
      as long. Without MODEL: vgg16, resnet50, mobilenet_1.0_224, mobilenetv2_1.0_224, mobilenetv3large_1.0_224.
      The time is the median of the runs; half of them lie within the spread. GFLOP/s count what a direct
      convolution does, so that Winograd's algorithm may be beyond what the machine reaches at most.
      """,
    options: [
      .value(.batch, "N,…", "Pictures at a time (default: 1,16)."),
      .value(.runs, "N", "Runs to measure (default: what 1.5 seconds allow, at least 10)."),
      .value(.precision, "float32|bf16", "Of the convolutions (default: float32)."),
      .flag(.noTune, "Take the usual algorithms, instead of those that are the fastest on this machine."),
      .flag(
        .compare,
        "A column with how many times as fast as the first row of the same batch; one model\n"
          + "alone is also run with other settings: direct convolutions, bf16, one thread."),
      .flag(.profile, "The time of each operation for a single picture, with the chosen algorithm."),
      .flag(.json, "An array with an object a row, for programs."),
    ])

  private static let usual = [
    "vgg16", "resnet50", "mobilenet_1.0_224", "mobilenetv2_1.0_224", "mobilenetv3large_1.0_224",
  ]

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    let models = arguments.positionals.isEmpty ? usual : arguments.positionals
    let batches = try batches(arguments)
    let effort = BenchRow.Effort(runs: try arguments.int(.runs, in: 1...1_000_000))
    var options = EngineOptions()
    options.precision = try arguments.choice(.precision) ?? .float32
    let tuning = arguments.has(.noTune) ? nil : Tuning()
    options.tuning = tuning
    let compares = arguments.has(.compare)
    let settings = compares && models.count == 1 ? alternatives(to: options) : [options]
    var peaks = Peaks()
    var rows: [BenchRow] = []
    for model in models {
      let subject = try BenchSubject(model, context)
      for batch in batches {
        for setting in settings {
          let engine = try subject.engine(batch: batch, setting)
          let peak = peaks.gflops(setting.precision, threads: engine.threads)
          var row = try BenchRow(model, engine, setting, batch: batch, effort: effort, peak: peak)
          if arguments.has(.profile), batch == batches.first { try row.profile(engine) }
          rows.append(row)
        }
      }
    }
    context.remember(tuning)
    if arguments.has(.json) { return try context.printJSON(rows) }
    for row in rows {
      if let profile = row.profileTable { context.console.print(profile + "\n") }
    }
    context.console.print(BenchRow.table(rows, compares: compares))
  }

  private static func batches(_ arguments: Arguments) throws(UsageError) -> [Int] {
    guard let text = arguments.string(.batch) else { return [1, 16] }
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard numbers.allSatisfy({ (1...4_096).contains($0) }) else {
      throw UsageError("--batch needs numbers from 1 to 4096 such as 1,16, found '\(text)'")
    }
    return numbers
  }

  /// What one model is compared with: each setting changed by itself.
  private static func alternatives(to options: EngineOptions) -> [EngineOptions] {
    var (direct, coarse, single) = (options, options, options)
    direct.allowsWinograd = false
    coarse.precision = .bf16
    single.threads = 1
    return [options, direct] + (Precision.bf16.isSupported ? [coarse] : []) + [single]
  }

  /// What the machine reaches at most, measured once a setting.
  private struct Peaks {
    private struct Setting: Hashable {
      var precision: Precision
      var threads: Int
    }

    private var known: [Setting: Double] = [:]

    mutating func gflops(_ precision: Precision, threads: Int) -> Double? {
      let setting = Setting(precision: precision, threads: threads)
      if known[setting] == nil { known[setting] = MachinePeak.gflops(precision, threads: threads) }
      return known[setting]
    }
  }
}
