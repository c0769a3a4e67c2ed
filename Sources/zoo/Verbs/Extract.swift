import ZooEngine
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooPlugin
import ZooSystem

/// `zoo extract`: features of pictures.
enum Extract: Verb {
  static let synopsis = Synopsis(
    name: "extract", arguments: "MODEL INPUT…",
    summary: "Extract features of pictures into a .npy, .npz, .csv, .jsonl, .safetensors or .h5 file.",
    details: """
      MODEL is a .zoo or Keras file, or a fetched base's name. INPUT is a folder (as DATA of 'zoo train': class folders,
      `train` and `val`, or a labels.csv give labels and split), picture files in the order given, or one .npy of raw
      pixels 0…255 (N, height, width, 3). \(PictureInputs.help)
      Preprocessing comes from the model. Paths, labels and split go along in .npz, .h5, .csv and .jsonl; a picture of
      several classes has a row of 0 and 1 for its label, in .csv their names as in 'ant|bee'.
      """,
    options: [
      .value(
        .output, short: "-o", "OUT",
        "Where to write; the ending is the format. With --format, - is standard output."),
      .value(.format, "npy|npz|csv|safetensors|h5|jsonl", "What -o - writes."),
      .value(
        .labels, "FILE.csv", "The classes of the pictures in INPUT (default: its labels.csv, or its folders)."
      ),
      .value(.layer, "LAYER", "A layer's output instead of the base's last feature map."),
      .value(.pooling, "avg|max|none", "How a map becomes a vector (default: avg)."),
      .value(.batch, "N", "Pictures at a time (default: 32)."),
      .flag(.noTune, "Take the usual algorithms, instead of those that are the fastest on this machine."),
    ] + PictureInputs.options + PictureOptions.options + [
      .flag(.json, "The summary as JSON.")
    ])

  private struct Summary: Encodable {
    var output: String
    var layer: String
    var pictures: Int
    var shape: [Int]
    var classes: [String]
    /// Whether they were turned by their EXIF orientation.
    var exif: Bool?
    var skipped: [String]
    var seconds: Double
  }

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    guard let output = arguments.string(.output) else { throw UsageError("-o OUT is missing") }
    guard arguments.positionals.count >= (arguments.has(.from0) ? 1 : 2) else {
      throw UsageError("MODEL and INPUT are needed")
    }
    var options = FeatureExtractor.Options(
      layer: arguments.string(.layer), pooling: try arguments.choice(.pooling) ?? .avg,
      batch: try arguments.int(.batch, in: 1...4_096) ?? 32)
    let reading = try PictureOptions(context)
    options.precision = reading.precision
    let start = ContinuousClock.now
    let target = try StreamedOutput(output, formats: FeatureFormat.allCases.map(\.rawValue), arguments)
    do throws(FileError) {
      _ = try FeatureFormat(path: target.path)
    } catch {
      throw UsageError(error.description)
    }

    let file = try context.model(arguments.positionals[0])
    let inputs = try PictureInputs(arguments.positionals.dropFirst(), arguments)
    try checkOutput(target.path, isNoneOf: [file.path] + inputs.paths)
    let pictures = try reading.pictures(inputs, for: file) { try list($0, arguments) }
    options.batch = min(options.batch, pictures.count)
    options.tuning = arguments.has(.noTune) ? nil : Tuning(measures: pictures.count >= Self.many)
    let extractor = try FeatureExtractor(file, options)
    context.remember(options.tuning)
    let bar = context.console.progress("extract", total: pictures.count)
    let skipped = try context.tellingSkipped {
      defer { bar.finish() }
      return try extractor.write(
        pictures, to: target.path, skipBad: reading.skipBad, shown: inputs.shown
      ) { bar.advance(by: $0) }
    }
    try target.finish()

    let written = pictures.count - skipped.count
    let summary = Summary(
      output: target.isStream ? "standard output" : output, layer: extractor.layer, pictures: written,
      shape: [written] + extractor.shape.dimensions,
      classes: pictures.classNames, exif: pictures.exif, skipped: skipped.map(\.reason),
      seconds: (ContinuousClock.now - start) / .seconds(1))
    if arguments.has(.json) { return try context.printJSON(summary) }
    target.isStream ? context.console.note(text(summary)) : context.console.report(text(summary))
  }

  private static func list(_ inputs: [String], _ arguments: Arguments) throws -> ImageList {
    guard let labels = arguments.string(.labels) else { return try ImageList(inputs: inputs) }
    guard inputs.count == 1 else {
      throw UsageError("--labels is for one folder, found \(inputs.count) inputs")
    }
    return try LabelledPictures(inputs[0], labels: labels).list
  }

  /// From so many pictures on, measuring which algorithms are the fastest can pay.
  private static let many = 256

  private static func text(_ summary: Summary) -> String {
    let shape = summary.shape.map(String.init).joined(separator: "×")
    let classes = summary.classes.isEmpty ? "" : ", classes \(summary.classes.joined(separator: ", "))"
    let rate = Int(Double(summary.pictures) / summary.seconds)
    return """
      \(summary.output): \(shape) from layer '\(summary.layer)'\(classes)
        \(counted(summary.pictures, "picture")) in \(Double(Int(summary.seconds * 100)) / 100) s (\(rate)/s), \
      \(summary.skipped.count) skipped
      """
  }
}
