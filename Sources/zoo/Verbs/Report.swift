import FoundationEssentials
import ZooEvaluate
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooReport
import ZooStore
import ZooSystem
import ZooTrain

/// `zoo report`: a classifier as a page to show.
enum ReportVerb: Verb {
  static let synopsis = Synopsis(
    name: "report", arguments: "MODEL DATA",
    summary: "Make one HTML page about a classifier: curves, confusion, calibration, map, hardest pictures.",
    details: """
      DATA is as for 'zoo evaluate'. The curves come from MODEL.log.json, which 'zoo train' writes beside the
      model. The page loads nothing from elsewhere.
      """,
    options: [
      .value(.output, short: "-o", "FILE", "The page (default: MODEL.report.html)."),
      .value(
        .labels, "FILE.csv",
        "The classes of the pictures in DATA (default: its labels.csv, or its folders)."),
      .value(
        .threshold, "P", "Probability above which --loss binary's classes count (default: the model's)."),
      PictureOptions.tta,
    ] + PictureOptions.options + [
      .flag(.json, "What was written and the main figures, as an object.")
    ])

  private struct Written: Encodable {
    var output: String
    var pictures: Int
    var knowledge: MeasuredPictures.Knowledge
    var leftOutAsTrainedOn: Int
    var figures: [String: String]
  }

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    let (model, data) = try arguments.pair("MODEL", "DATA")
    let reading = try PictureOptions(context)
    let file = try context.model(model)
    let files = TrainingFiles(output: file.path)
    let output = arguments.string(.output) ?? files.report
    guard ["html", "htm"].contains(where: { output.lowercased().hasSuffix(".\($0)") }) else {
      let name = output.replacingExtension(with: "html")
      throw UsageError("-o \(output): what is written here is a page in HTML; use -o \(name)")
    }
    // What cannot be written should be known before the work.
    _ = try AtomicFile(output)
    let measurement = try Evaluate.measure(
      file, data, reading, worst: Report.worst, sample: Report.mapped, context)
    let training = training(files.json, of: file.path, context)
    let report = try Report(
      measurement, of: file, reading.decoding(for: file), training: training, folder: data)
    try report.write(to: output)
    for picture in measurement.skipped { context.console.warn("skipped: \(picture.reason)") }
    guard !arguments.has(.json) else {
      return try context.printJSON(
        Written(
          output: output, pictures: report.pictures, knowledge: measurement.knowledge,
          leftOutAsTrainedOn: measurement.leftOut, figures: report.figures))
    }
    context.console.report("\(report.summary)\n\(output): written")
  }

  static func title(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.hasSuffix(".zoo") ? String(name.dropLast(4)) : name
  }

  private static func training(_ log: String, of model: String, _ context: Context) -> Report.Training {
    let name = log.split(separator: "/").last ?? ""
    guard ModelStore.exists(log) else {
      return .unknown(
        "How the model was trained is not known here: there is no \(name) beside it. 'zoo train' writes one.")
    }
    do throws(FileError) {
      return .known(try TrainingLog(contentsOf: log))
    } catch {
      context.console.warn("\(error)")
      return .unknown("How the model was trained is not known here: \(name) \(error.reason).")
    }
  }
}

extension Report {
  /// With the small pictures and heat maps, and with this machine and call as where it was made.
  init(
    _ measurement: Measurement, of file: ZooFile, _ decoding: Pictures.Decoding, training: Training,
    folder: String
  ) throws {
    self.init(
      title: ReportVerb.title(of: file.path), measurement: measurement,
      thumbnails: Thumbnail.of(measurement.worstPaths, exif: measurement.exif),
      explanations: try Self.explanations(of: measurement, by: file, decoding), training: training,
      model: file.model, graph: file.graph,
      making: Making(
        command: CommandLine.arguments, date: Date.now.formatted(.iso8601),
        machine: RunMachine()),
      folder: folder)
  }

  /// The longest side of a heat map: twelve of them have room in a page.
  private static let heatMapSide = 224

  /// Heat maps over the pictures of the highest loss.
  private static func explanations(
    of measurement: Measurement, by file: ZooFile, _ decoding: Pictures.Decoding
  ) throws -> Explanations {
    guard measurement.knowledge != .crossValidated else {
      return .unknown(
        "There are no heat maps: the pictures were told by other models than the one in the file.")
    }
    let explainer: Explainer
    do {
      explainer = try Explainer(file)
    } catch let error as FileError {
      return .unknown("There are no heat maps: the model \(error.reason).")
    }
    let paths = measurement.worstPaths
    let size = explainer.inputShape.picture ?? explainer.inputShape
    var maps = [Thumbnail?](repeating: nil, count: paths.count)
    let pictures = Pictures.files(ImageList(files: paths), decoding)
    try explainer.forEach(of: pictures, classes: measurement.worstPredicted, skipBad: true) {
      index, pixels, explanation in
      let map = HeatMap(
        explanation.values, height: explanation.height, width: explanation.width, over: pixels,
        height: size.height, width: size.width, channels: size.channels, side: heatMapSide)
      maps[index] = try Thumbnail(map, of: paths[index])
    }
    return .known(maps, layer: explainer.layer)
  }
}
