import FoundationEssentials
import ZooFeatures
import ZooFile
import ZooGraph
import ZooSystem

/// `zoo predict`: the classes of pictures, or whatever else a network answers.
enum Predict: Verb {
  static let synopsis = Synopsis(
    name: "predict", arguments: "MODEL IMAGE…",
    summary: "Name the classes of pictures, with their probabilities, or show what else a model answers.",
    details: """
      MODEL is a .zoo file with top, or a fetched base's name. A folder stands for all pictures in it and below.
      Where a model's output is a picture, -o FOLDER gets it as PNG, one for each picture.
      """,
    options: [
      .value("--output", short: "-o", "FOLDER", "Where the pictures go that a model makes of pictures."),
      .value("--threshold", "P", "Probability above which --loss binary's classes count (default: 0.5)."),
      .value("--top", "K", "How many classes to show (default: 5)."),
    ] + PictureOptions.options + [
      .flag("--json", "An array with an object a picture, for programs.")
    ])

  private struct Row: Encodable {
    var path: String
    /// The classes above the threshold, of a model that decides on each by itself.
    var labels: [String]?
    /// What the scores are.
    var kind: OutputKind
    var predictions: [Prediction]
    /// Of a model with several outputs: all of them.
    var outputs: [Answer]?
  }

  private struct Answer: Encodable {
    var layer: String
    var kind: OutputKind
    var predictions: [Prediction]
  }

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    guard arguments.positionals.count >= 2 else { throw UsageError("MODEL and IMAGE are needed") }
    let file = try context.model(arguments.positionals[0])
    if let folder = arguments.string("--output") { return try makePictures(of: file, in: folder, context) }
    guard file.graph.outputShape.rank != 3 || file.model.includeTop else {
      throw Failure(
        "\(file.path): has no classifier: its output is \(file.graph.outputShape); "
          + "'zoo extract' gives features, and -o FOLDER pictures where it makes some")
    }
    try classify(with: file, context)
  }

  // MARK: Classes and values

  private static func classify(with file: ZooFile, _ context: Context) throws {
    let arguments = context.arguments
    let count = try arguments.int("--top", in: 1...100_000) ?? 5
    let reading = try PictureOptions(context)
    let threshold = try context.threshold(for: file)
    let pictures = try reading.pictures(arguments.positionals.dropFirst(), areLabelled: false, for: file)
    var rows: [Row] = []
    var skipped: [BadPicture] = []
    for (number, output) in file.graph.outputs.enumerated() {
      let graph = try file.model.graph.cut(at: output.node.name).resolved()
      let classifier = try FeatureExtractor.classifier(
        file, output: output.node.name, batch: min(32, pictures.count), threads: context.threads,
        precision: reading.precision)
      let size = classifier.shape.elementCount ?? 0
      let classes = graph.classOutput(labels: file.model.labels?.count)
      var place = 0
      skipped = try classifier.forEachBatch(of: pictures, skipBad: reading.skipBad) { indices, outputs in
        for (position, index) in indices.enumerated() {
          let values = UnsafeBufferPointer(rebasing: outputs[(position * size)..<((position + 1) * size)])
          classes.values(of: values).withUnsafeBufferPointer { values in
            let answer = Answer(
              layer: output.node.name, kind: graph.outputKind,
              predictions: graph.outputKind == .value
                ? classifier.values(of: values) : classifier.top(count, of: values))
            if number == 0 {
              rows.append(
                Row(
                  path: pictures.path(index) ?? "\(index)",
                  labels: threshold.map { classifier.labels(above: $0, of: values) }, kind: answer.kind,
                  predictions: answer.predictions, outputs: file.graph.outputs.count > 1 ? [answer] : nil))
            } else {
              rows[place].outputs?.append(answer)
            }
          }
          place += 1
        }
      }
    }
    if arguments.has("--json") {
      try context.printJSON(rows)
    } else {
      for row in rows { context.console.print(text(row)) }
    }
    for picture in skipped { context.console.warn("skipped: \(picture.reason)") }
    if rows.isEmpty { throw Failure("none of the pictures could be read") }
  }

  private static func text(_ row: Row) -> String {
    let head = row.path + (row.labels.map { ": " + ($0.isEmpty ? "none" : $0.joined(separator: ", ")) } ?? "")
    guard let outputs = row.outputs else {
      return ([head] + lines(row.predictions, row.kind, indent: "  ")).joined(separator: "\n")
    }
    return
      ([head]
      + outputs.flatMap { ["  \($0.layer)"] + lines($0.predictions, $0.kind, indent: "    ") })
      .joined(separator: "\n")
  }

  private static func lines(_ predictions: [Prediction], _ kind: OutputKind, indent: String) -> [String] {
    let width = predictions.map(\.label.count).max() ?? 0
    return predictions.map { prediction in
      "\(indent)\(prediction.label.padded(to: width))  \(fixed(Double(prediction.score)))"
        + (kind == .logit ? " (logit)" : "")
    }
  }

  // MARK: Pictures

  private static func makePictures(of file: ZooFile, in folder: String, _ context: Context) throws {
    let reading = try PictureOptions(context)
    let output = file.graph.entries[file.graph.outputIndex]
    let made = try PictureOutput(of: file, output)
    let pictures = try reading.pictures(
      context.arguments.positionals.dropFirst(), areLabelled: false, for: file)
    let network = try FeatureExtractor(
      file,
      FeatureExtractor.Options(
        layer: output.node.name, pooling: .none, batch: min(8, pictures.count), threads: context.threads,
        precision: reading.precision))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let size = made.shape.elementCount ?? 0
    var names = LayerNames(taken: [])
    var paths: [(source: String, output: String)] = []
    let skipped = try network.forEachBatch(of: pictures, skipBad: reading.skipBad) { indices, outputs in
      for (position, index) in indices.enumerated() {
        let source = pictures.path(index) ?? "\(index)"
        let path = "\(folder)/\(names.next(stem(of: source))).png"
        try checkOutput(path, isNoneOf: [file.path, source])
        try made.write(
          UnsafeBufferPointer(rebasing: outputs[(position * size)..<((position + 1) * size)]), to: path)
        paths.append((source, path))
      }
    }
    if context.arguments.has("--json") {
      try context.printJSON(paths.map { ["path": $0.source, "output": $0.output] })
    } else {
      for path in paths { context.console.print("\(path.source) → \(path.output)") }
      context.console.report("\(paths.count) pictures of \(made.shape): \(made.meaning)")
    }
    for picture in skipped { context.console.warn("skipped: \(picture.reason)") }
    if paths.isEmpty { throw Failure("none of the pictures could be read") }
  }

  /// A file's name without folder and ending.
  private static func stem(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}
