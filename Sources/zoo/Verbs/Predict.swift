import ZooFeatures
import ZooFile
import ZooGraph
import ZooSystem

/// `zoo predict`: the classes of pictures.
enum Predict: Verb {
  static let synopsis = Synopsis(
    name: "predict", arguments: "MODEL IMAGE…",
    summary: "Name the classes of pictures, with their probabilities.",
    details:
      "MODEL is a .zoo file with top, or a fetched base's name. A folder stands for all pictures in it and below.",
    options: [
      .value("--threshold", "P", "Probability above which --loss binary's classes count (default: 0.5)."),
      .value("--top", "K", "How many classes to show (default: 5)."),
    ] + PictureOptions.options + [
      .flag("--json", "An array with an object a picture, for programs.")
    ])

  private struct Row: Encodable {
    var path: String
    /// The classes above the threshold, of a model that decides on each by itself.
    var labels: [String]?
    var predictions: [Prediction]
  }

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    guard arguments.positionals.count >= 2 else { throw UsageError("MODEL and IMAGE are needed") }
    let count = try arguments.int("--top", in: 1...100_000) ?? 5
    let reading = try PictureOptions(context)
    let file = try context.model(arguments.positionals[0])
    let threshold = try context.threshold(for: file)
    let pictures = try reading.pictures(arguments.positionals.dropFirst(), areLabelled: false, for: file)
    let classifier = try FeatureExtractor.classifier(
      file, batch: min(32, pictures.count), threads: context.threads, precision: reading.precision)
    let size = classifier.shape.elementCount ?? 0
    let classes = file.graph.classOutput(labels: file.model.labels?.count)
    var rows: [Row] = []
    let skipped = try classifier.forEachBatch(of: pictures, skipBad: reading.skipBad) {
      indices, outputs in
      for (place, index) in indices.enumerated() {
        let output = UnsafeBufferPointer(rebasing: outputs[(place * size)..<((place + 1) * size)])
        rows.append(
          classes.values(of: output).withUnsafeBufferPointer { values in
            Row(
              path: pictures.path(index) ?? "\(index)",
              labels: threshold.map { classifier.labels(above: $0, of: values) },
              predictions: classifier.top(count, of: values))
          })
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
    let width = row.predictions.map(\.label.count).max() ?? 0
    return
      ([row.path + (row.labels.map { ": " + ($0.isEmpty ? "none" : $0.joined(separator: ", ")) } ?? "")]
      + row.predictions.map { prediction in
        "  \(prediction.label.padded(to: width))  \(fixed(Double(prediction.score)))"
      }).joined(separator: "\n")
  }
}
