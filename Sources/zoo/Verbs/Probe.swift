import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooProbe
import ZooSystem

/// `zoo probe`: which base suits one's own pictures.
enum Probe: Verb {
  static let synopsis = Synopsis(
    name: "probe", arguments: "MODEL… DATA",
    summary: "Compare bases on your own pictures: linear and nearest-neighbour accuracy, time.",
    details: """
      MODEL and DATA are as for 'zoo train', with one class a picture. Features are kept on disk, so a
      second run is quick ('zoo cache' shows them).
      """,
    options: [
      .value(
        .labels, "FILE.csv",
        "The classes of the pictures in DATA (default: its labels.csv, or its folders)."),
      .value(.validationSplit, "SHARE", "Held out where DATA has no val folder (default: 0.2)."),
      .value(.seed, "N", "Of the split (default: 0)."),
      .value(.batch, "N", "Pictures at a time (default: 32)."),
      .value(.resize, "MODE", "bilinear, nearest, bicubic, lanczos or crop-to-aspect-ratio."),
      PictureOptions.exif,
      .value(.cacheLimit, "SIZE", "Bound of the features on disk (default: 10G)."),
      FeatureStore.option,
      .flag(.skipBad, "Leave out pictures that cannot be read, instead of stopping."),
      .flag(.json, "An array, best first."),
    ])

  private struct Result: Encodable {
    var model: String
    var base: String?
    var linear: Double
    var neighbours: Double
    var features: Int
    /// Of computing, decoding included.
    var msPerPicture: Double
  }

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    guard arguments.positionals.count >= 2, let folder = arguments.positionals.last else {
      throw UsageError("MODEL and DATA are needed")
    }
    try context.checkModelComesFirst(arguments.positionals[0])
    let split = try arguments.fraction(.validationSplit) ?? 0.2
    let seed = UInt64(try arguments.int(.seed, in: 0...Int.max) ?? 0)
    let limit = try arguments.bytes(.cacheLimit) ?? 10 << 30
    let resize: ResizeMode? = try arguments.choice(.resize)
    let batch = try arguments.int(.batch, in: 1...4_096) ?? 32
    let data = try Dataset(folder, labels: arguments.string(.labels), validationSplit: split, seed: seed)
    for item in data.training.items + data.validation.items where item.labels.count != 1 {
      throw Failure("\(item.path): has \(item.labels.count) classes; probe compares by one class a picture")
    }
    context.tellWhatIsNotRead(data.training)
    let store = try FeatureStore(context)
    if !store.isTemporary {
      Interruption.say { "the features computed so far are kept: the same command goes on from there" }
    }
    var results: [Result] = []
    for model in arguments.positionals.dropLast() {
      let file = try context.model(model)
      let extractor = try FeatureExtractor(file, .init(batch: batch))
      results.append(
        try probe(model, file, extractor, data, context.decoding(for: file, resize), store.folder, context))
    }
    store.folder.trim(to: limit)
    Interruption.say(nil)
    results.sort { ($1.linear, $1.neighbours, $0.model) < ($0.linear, $0.neighbours, $1.model) }
    if arguments.has(.json) { return try context.printJSON(results) }
    let rows = results.map { result in
      [
        result.model, percent(result.linear), percent(result.neighbours), "\(result.features)",
        rounded(result.msPerPicture, decimals: 1),
      ]
    }
    let head = "\(data.training.items.count) pictures to learn from, \(data.validation.items.count) held out"
    context.console.print(
      head + "\n\n"
        + table(["model", "linear", "5 neighbours", "features", "ms/picture"], rows, right: [1, 2, 3, 4]))
  }

  private static func probe(
    _ model: String, _ file: ZooFile, _ extractor: FeatureExtractor, _ data: Dataset,
    _ decoding: Pictures.Decoding, _ folder: CacheFolder, _ context: Context
  ) throws -> Result {
    let cache = try FeatureCache(try CacheKey(extractor, of: file, decoding), folder: folder.path)
    if cache.wasRebuilt { context.console.warn("\(cache.path): could not be used and was started anew") }
    let bar = context.console.progress(model, total: data.training.items.count + data.validation.items.count)
    defer { bar.finish() }
    let parts = try [data.training, data.validation].map { list in
      let found = try extractor.features(
        of: list, decoding, cache: cache, skipBad: context.arguments.has(.skipBad)
      ) { bar.advance(by: $0) }
      for picture in found.skipped { context.console.warn("skipped: \(picture.reason)") }
      let labels = found.indices.map { list.items[$0].label ?? 0 }
      return (Matrix(rows: found.count, columns: found.width, values: found.values), labels)
    }
    if cache.hasDamage {
      context.console.warn("\(cache.path): was damaged; what could not be used was computed anew")
    }
    let ((x, labels), (heldX, heldLabels)) = (parts[0], parts[1])
    guard let linear = LinearProbe(x, labels: labels, classes: data.classNames.count) else {
      throw Failure("\(model): its features are not finite numbers; 'zoo verify' the file")
    }
    func share(_ predicted: [Int]) -> Double {
      Double(zip(predicted, heldLabels).count { $0 == $1 }) / Double(max(1, heldLabels.count))
    }
    return Result(
      model: model, base: file.model.base, linear: share(linear.predict(heldX)),
      neighbours: share(NeighbourProbe(x, labels: labels).predict(heldX)), features: x.columns,
      msPerPicture: try secondsPerPicture(extractor, data.training, decoding) * 1_000)
  }

  /// Of a batch, whether its features are at hand or not; one picture goes before to prepare the engine.
  private static func secondsPerPicture(
    _ extractor: FeatureExtractor, _ list: ImageList, _ decoding: Pictures.Decoding
  ) throws -> Double {
    var (part, seconds) = (list, 0.0)
    for count in [1, 32] {
      part.items = Array(list.items.prefix(count))
      let start = ContinuousClock.now
      try extractor.forEachBatch(of: .files(part, decoding), skipBad: true) { _, _ in }
      seconds = (ContinuousClock.now - start) / .seconds(1) / Double(part.items.count)
    }
    return seconds
  }
}
