import ZooEngine
import ZooFile
import ZooGraph
import ZooPlugin
import ZooSystem

/// `zoo bench`: how fast networks run on this machine.
enum Bench: Verb {
  static let synopsis = Synopsis(
    name: "bench", arguments: "[MODEL…]",
    summary: "Measure how fast networks run here: time a picture, GFLOP/s, layer by layer.",
    details: """
      MODEL is a .zoo file, or a base's name: without its file at hand it runs with random weights, which takes
      as long. Without MODEL: vgg16, resnet50, mobilenet_1.0_224, mobilenetv2_1.0_224, mobilenetv3large_1.0_224.
      """,
    options: [
      .value("--batch", "N,…", "Pictures at a time (default: 1,16)."),
      .value("--runs", "N", "Runs to take the median of, after one to warm up (default: 10)."),
      .value("--precision", "float32|bf16", "Of the convolutions (default: float32)."),
      .flag("--tune", "Measure every convolution's algorithms once and remember the fastest."),
      .flag("--profile", "The time of each operation, of the first batch size."),
      .flag("--json", "An array with an object a row, for programs."),
    ])

  private static let usual = [
    "vgg16", "resnet50", "mobilenet_1.0_224", "mobilenetv2_1.0_224", "mobilenetv3large_1.0_224",
  ]

  private struct Row: Encodable {
    var model: String
    var batch: Int
    /// Median, minimum and maximum over the runs.
    var msPerImage: Double
    var minMsPerImage: Double
    var maxMsPerImage: Double
    var gflops: Double
  }

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    let models = arguments.positionals.isEmpty ? usual : arguments.positionals
    let batches = try batches(arguments)
    let runs = try arguments.int("--runs", in: 1...10_000) ?? 10
    var options = EngineOptions(threads: context.threads)
    options.precision = try arguments.choice("--precision") ?? .float32
    let tuning = arguments.has("--tune") ? Tuning(path: Tuning.defaultPath) : nil
    options.tuning = tuning
    var rows: [Row] = []
    for model in models {
      let subject = try Subject(model, context)
      for batch in batches {
        let engine = try subject.engine(batch: batch, options)
        rows.append(try measure(model, engine, batch: batch, runs: runs))
        if arguments.has("--profile"), batch == batches.first {
          context.console.print("\(model), batch \(batch)\n\(try profile(engine))\n")
        }
      }
    }
    try tuning?.save()
    if arguments.has("--json") { return try context.printJSON(rows) }
    context.console.print(
      table(
        ["model", "batch", "ms/picture", "min", "max", "GFLOP/s"],
        rows.map { row in
          [row.model, "\(row.batch)"]
            + [row.msPerImage, row.minMsPerImage, row.maxMsPerImage].map { rounded($0, decimals: 2) }
            + [rounded(row.gflops, decimals: 0)]
        }, right: [1, 2, 3, 4, 5]))
  }

  private static func batches(_ arguments: Arguments) throws(UsageError) -> [Int] {
    guard let text = arguments.string("--batch") else { return [1, 16] }
    let numbers = text.split(separator: ",").map { Int($0) ?? 0 }
    guard !numbers.isEmpty, numbers.allSatisfy({ (1...4_096).contains($0) }) else {
      throw UsageError("--batch needs numbers from 1 to 4096 such as 1,16, found '\(text)'")
    }
    return numbers
  }

  private static func measure(_ model: String, _ engine: Engine, batch: Int, runs: Int) throws -> Row {
    let pixels = [Float](repeating: 128, count: batch * (engine.inputShape.elementCount ?? 0))
    _ = try engine.run(pixels, count: batch)
    var times: [Double] = []
    for _ in 0..<runs {
      let start = ContinuousClock.now
      _ = try engine.run(pixels, count: batch)
      times.append((ContinuousClock.now - start) / .milliseconds(1) / Double(batch))
    }
    times.sort()
    let median = (times[(times.count - 1) / 2] + times[times.count / 2]) / 2
    return Row(
      model: model, batch: batch, msPerImage: median, minMsPerImage: times[0],
      maxMsPerImage: times[times.count - 1], gflops: Double(engine.floatingPointOperations) / median / 1e6)
  }

  private static func profile(_ engine: Engine) throws -> String {
    let pixels = [Float](repeating: 128, count: engine.inputShape.elementCount ?? 0)
    let operations = try engine.profile(pixels)
    let total = operations.reduce(0) { $0 + $1.milliseconds }
    return table(
      ["operation", "algorithm", "ms", "share", "GFLOP/s"],
      operations.map { operation in
        [
          operation.layers.joined(separator: " + "), operation.algorithm,
          rounded(operation.milliseconds, decimals: 3), percent(operation.milliseconds / max(total, 1e-9)),
          rounded(
            Double(operation.floatingPointOperations) / max(operation.milliseconds, 1e-9) / 1e6, decimals: 1),
        ]
      }, right: [2, 3, 4])
  }
}

/// What is measured: a file, or a base with random weights.
private struct Subject {
  private let graph: ResolvedGraph
  private let file: ZooFile?
  private let preprocessing: Preprocessing

  init(_ name: String, _ context: Context) throws {
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
