import FoundationEssentials
import ZooEvaluate
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
      .value(.threshold, "P", "Probability above which --loss binary's classes count (default: 0.5)."),
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
    // What cannot be written should be known before the work.
    _ = try AtomicFile(output)
    let measurement = try Evaluate.measure(
      file, data, reading, worst: Report.worst, sample: Report.mapped, context)
    let training = training(files.json, of: file.path, context)
    let report = Report(
      title: title(of: file.path), measurement: measurement, training: training, model: file.model,
      graph: file.graph, folder: data)
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
  /// With the small pictures, and with this machine and call as where it was made.
  init(
    title: String, measurement: Measurement, training: Training, model: ModelDescription,
    graph: ResolvedGraph,
    folder: String
  ) {
    self.init(
      title: title, measurement: measurement,
      thumbnails: Thumbnail.of(measurement.worstPaths),
      training: training, model: model, graph: graph,
      making: Making(
        command: CommandLine.arguments, date: Date.now.formatted(.iso8601),
        machine: RunMachine()),
      folder: folder)
  }
}
