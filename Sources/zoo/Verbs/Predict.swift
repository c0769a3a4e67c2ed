import FoundationEssentials
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooSystem

/// `zoo predict`: the classes of pictures, or whatever else a network answers.
enum Predict: Verb {
  static let synopsis = Synopsis(
    name: "predict", arguments: "MODEL IMAGE…",
    summary: "Name the classes of pictures, with their probabilities, or show what else a model answers.",
    details: """
      MODEL is a .zoo or Keras file with top, or a fetched base's name. A folder stands for all pictures in it and below.
      \(PictureInputs.help)
      Where a model's output is a picture, -o FOLDER gets it as PNG, one for each picture.
      """,
    options: [
      .value(
        .output, short: "-o", "OUT",
        "A table of the predictions, .csv or .jsonl (with --format, - is standard output); or the folder for the "
          + "pictures that a model makes of pictures."),
      .value(.format, "csv|jsonl", "What -o - writes."),
      .value(
        .threshold, "P", "Probability above which --loss binary's classes count (default: the model's)."),
      .value(.top, "K", "How many classes to show (default: 5)."),
      .value(
        .explain, "OUT",
        "What in a picture speaks for its first class, as a heat map over it (Grad-CAM): a .png, for several pictures a "
          + "folder, or the values of all as .npy."),
      .value(.explainLayer, "LAYER", "The feature map that --explain goes by (default: the last one)."),
      PictureOptions.tta,
    ] + PictureInputs.options + PictureOptions.options + [
      .flag(.json, "An array with an object a picture, for programs.")
    ])

  /// What is said about a picture.
  private struct Row: Encodable {
    var prediction: PicturePrediction
    /// With --explain.
    var explained: Explained?

    private enum Keys: String, CodingKey { case explained }

    func encode(to encoder: any Encoder) throws {
      try prediction.encode(to: encoder)
      var values = encoder.container(keyedBy: Keys.self)
      try values.encodeIfPresent(explained, forKey: .explained)
    }
  }

  struct Explained: Encodable {
    /// The class that is explained.
    var label: String
    var layer: String
    /// Where the heat map or the values are.
    var output: String
    /// Whether anything in the picture speaks for the class.
    var speaks: Bool
  }

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    guard arguments.positionals.count >= (arguments.has(.from0) ? 1 : 2) else {
      throw UsageError("MODEL and IMAGE are needed")
    }
    let table = try TableOutput(arguments)
    let file = try context.model(arguments.positionals[0])
    try table?.check(file)
    let explanation = try ExplanationOutput(arguments)
    let inputs = try PictureInputs(arguments.positionals.dropFirst(), arguments)
    if table == nil, let folder = arguments.string(.output) {
      if let option = arguments.given([.explain, .tta]) {
        throw UsageError("\(option) is for models that tell classes, not for -o FOLDER")
      }
      return try makePictures(of: file, inputs, in: folder, context)
    }
    guard file.graph.outputShape.rank != 3 || file.model.includeTop else {
      throw Failure(
        "\(file.path): has no classifier: its output is \(file.graph.outputShape); "
          + "'zoo extract' gives features, and -o FOLDER pictures where it makes some")
    }
    try classify(inputs, with: file, table, explanation, context)
  }

  /// All pictures, whatever folders they are in.
  private static func pictures(
    _ inputs: PictureInputs, _ reading: PictureOptions, for file: ZooFile
  ) throws -> Pictures {
    try reading.pictures(inputs, for: file) { try ImageList(unlabelled: $0) }
  }

  // MARK: Classes and values

  private static func classify(
    _ inputs: PictureInputs, with file: ZooFile, _ table: TableOutput?, _ explanation: ExplanationOutput?,
    _ context: Context
  ) throws {
    let arguments = context.arguments
    let count = try arguments.int(.top, in: 1...100_000) ?? 5
    let reading = try PictureOptions(context)
    let thresholds = try context.thresholds(for: file)
    let pictures = try pictures(inputs, reading, for: file)
    try explanation?.check(pictures: pictures.count, isNoneOf: [file.path] + inputs.paths)
    let predictor = try Predictor(
      file, thresholds: thresholds, batch: min(32, pictures.count), precision: reading.precision,
      averagedOver: reading.augmentation)
    var rows: [Row] = []
    _ = try context.tellingSkipped {
      let answers = try predictor.predictions(of: pictures, top: count, skipBad: reading.skipBad)
      rows = answers.pictures.map { Row(prediction: $0) }
      return answers.skipped
    }
    if let explanation {
      let classes = rows.compactMap { row in
        row.prediction.predictions.first.map { (row.prediction.place, $0.index) }
      }
      let found = try explanation.write(file, pictures, classes: Dictionary(uniqueKeysWithValues: classes))
      for index in rows.indices { rows[index].explained = found[rows[index].prediction.place] }
    }
    for index in rows.indices {
      rows[index].prediction.path = inputs.shown(rows[index].prediction.path) ?? rows[index].prediction.path
    }
    if let table {
      try table.write(rows.map(\.prediction))
      if !table.isStream { context.console.report("\(table.path): \(rows.count.grouped) pictures") }
    } else if arguments.has(.json) {
      try context.printJSON(rows)
    } else {
      for row in rows { context.console.print(text(row)) }
    }
  }

  private static func text(_ row: Row) -> String {
    let explained = row.explained.map { [text($0)] } ?? []
    let row = row.prediction
    let head = row.path + (row.labels.map { ": " + ($0.isEmpty ? "none" : $0.joined(separator: ", ")) } ?? "")
    let answers =
      row.outputs?.flatMap { ["  \($0.layer)"] + lines($0.predictions, $0.kind, indent: "    ") }
      ?? lines(row.predictions, row.kind, above: row.thresholds, indent: "  ")
    return ([head] + answers + explained).joined(separator: "\n")
  }

  private static func text(_ explained: Explained) -> String {
    guard explained.speaks else {
      return "  nothing in the map of \(explained.layer) speaks for \(explained.label): \(explained.output)"
    }
    return "  what speaks for \(explained.label), by \(explained.layer): \(explained.output)"
  }

  /// - Parameter thresholds: shown where they are not ½ for all.
  private static func lines(
    _ predictions: [Prediction], _ kind: OutputKind, above thresholds: [Double]? = nil, indent: String
  ) -> [String] {
    let width = predictions.map(\.label.count).max() ?? 0
    let shown = thresholds.flatMap { $0.allSatisfy { $0 == 0.5 } ? nil : $0 }
    return predictions.enumerated().map { place, prediction in
      let note = kind == .logit ? " (logit)" : ""
      let threshold = shown.map { " (found above \(fixed($0[place])))" } ?? ""
      return
        "\(indent)\(prediction.label.padded(to: width))  \(fixed(Double(prediction.score)))\(note)\(threshold)"
    }
  }

  // MARK: Pictures

  private static func makePictures(
    of file: ZooFile, _ inputs: PictureInputs, in folder: String, _ context: Context
  ) throws {
    let reading = try PictureOptions(context)
    let output = file.graph.entries[file.graph.outputIndex]
    let made = try PictureOutput(of: file, output)
    let pictures = try pictures(inputs, reading, for: file)
    let network = try FeatureExtractor(
      file,
      FeatureExtractor.Options(
        layer: output.node.name, pooling: .none, batch: min(8, pictures.count),
        precision: reading.precision))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let size = made.shape.elementCount ?? 0
    var names = LayerNames(taken: [])
    var paths: [(source: String, output: String)] = []
    let skipped = try network.forEachBatch(of: pictures, skipBad: reading.skipBad) { indices, outputs in
      for (position, index) in indices.enumerated() {
        let source = pictures.path(index) ?? "\(index)"
        let path = "\(folder)/\(names.next(fileStem(of: source))).png"
        try checkOutput(path, isNoneOf: [file.path, source])
        try made.write(
          UnsafeBufferPointer(rebasing: outputs[(position * size)..<((position + 1) * size)]), to: path)
        paths.append((inputs.shown(source) ?? source, path))
      }
    }
    if context.arguments.has(.json) {
      try context.printJSON(paths.map { ["path": $0.source, "output": $0.output] })
    } else {
      for path in paths { context.console.print("\(path.source) → \(path.output)") }
      context.console.report("\(paths.count) pictures of \(made.shape): \(made.meaning)")
    }
    for picture in skipped { context.console.warn("skipped: \(picture.reason)") }
    if paths.isEmpty { throw Failure("none of the pictures could be read") }
  }
}

/// A file's name without folder and ending.
func fileStem(of path: String) -> String {
  let name = path.split(separator: "/").last.map(String.init) ?? path
  return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
}
