import ZooEvaluate
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage

/// `zoo evaluate`: how well a classifier does on a labelled folder.
enum Evaluate: Verb {
  static let synopsis = Synopsis(
    name: "evaluate", arguments: "MODEL DATA",
    summary: "Measure a classifier on labelled pictures: accuracy, per class, confusion, calibration.",
    details: """
      DATA is as for 'zoo train'; its classes are named as the model's. What it holds out is measured (`val`, or
      what its labels.csv says), or else all of it. A model trained with --loss binary is measured class by class.
      """,
    options: [
      .value(
        "--labels", "FILE.csv",
        "The classes of the pictures in DATA (default: its labels.csv, or its folders)."),
      .value("--threshold", "P", "Probability above which --loss binary's classes count (default: 0.5)."),
      .value("--worst", "N", "How many pictures of the highest loss to list (default: 10)."),
    ] + PictureOptions.options + [
      .flag("--json", "As an object, for programs.")
    ])

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    guard arguments.positionals.count == 2 else { throw UsageError("MODEL and DATA are needed") }
    let worst = try arguments.int("--worst", in: 0...100_000) ?? 10
    let reading = try PictureOptions(context)
    let file = try context.model(arguments.positionals[0])
    let classifier = try FeatureExtractor.classifier(
      file, threads: context.threads, precision: reading.precision)
    let data = arguments.positionals[1]
    let list = try LabelledPictures(data, labels: arguments.string("--labels")).toEvaluate
    let pictures = Pictures.files(list, reading.decoding(for: file))
    guard !pictures.classNames.isEmpty else {
      throw Failure("\(data): has no class folders; put each class's pictures into a folder of its name")
    }
    let classes = try classes(of: pictures, file, data)
    if let threshold = try context.threshold(for: file) {
      return try multiLabel(classifier, list, pictures, classes, threshold: threshold, worst: worst, context)
    }
    if let odd = list.items.first(where: { $0.labels.count != 1 }) {
      throw Failure(
        "\(odd.path): has \(odd.labels.count) classes, but \(file.path) tells one; train with --loss binary")
    }
    let size = classifier.shape.elementCount ?? 0
    var evaluator = Evaluator(classes: file.model.labels ?? pictures.classNames)
    let bar = context.console.progress("evaluate", total: pictures.count)
    defer { bar.finish() }
    let skipped = try classifier.forEachBatch(of: pictures, skipBad: reading.skipBad) {
      indices, rows in
      for (place, index) in indices.enumerated() {
        let row = UnsafeBufferPointer(rebasing: rows[(place * size)..<((place + 1) * size)])
        if let label = pictures.label(index) {
          evaluator.add(row, label: classes[label], path: pictures.path(index) ?? "\(index)")
        }
      }
      bar.advance(by: indices.count)
    }
    bar.finish()
    let evaluation = evaluator.evaluation(worst: worst)
    if arguments.has("--json") {
      try context.printJSON(evaluation)
    } else {
      context.console.print(text(evaluation))
    }
    for picture in skipped { context.console.warn("skipped: \(picture.reason)") }
  }

  private static func classes(of pictures: Pictures, _ file: ZooFile, _ data: String) throws -> [Int] {
    let count = file.graph.outputShape.elementCount ?? 0
    do throws(ClassMismatch) {
      return try matchClasses(pictures.classNames, to: file.model.labels, count: count)
    } catch {
      throw Failure("\(data): \(error); the folders must be named as the classes of \(file.path)")
    }
  }

  private static func text(_ evaluation: Evaluation) -> String {
    let head = """
      \(evaluation.pictures) pictures, \(evaluation.perClass.count { $0.support > 0 }) classes
        accuracy           \(percent(evaluation.accuracy))
        top-5              \(percent(evaluation.top5))
        loss               \(fixed(evaluation.loss))
        calibration error  \(percent(evaluation.calibrationError))
      """
    let present = evaluation.perClass.indices.filter { evaluation.perClass[$0].support > 0 }
    let scores = table(
      ["class", "precision", "recall", "F1", "pictures"],
      present.map { index in
        let score = evaluation.perClass[index]
        return [
          score.name, percent(score.precision), percent(score.recall), percent(score.f1), "\(score.support)",
        ]
      }, right: [1, 2, 3, 4])
    let misses = evaluation.worst.map { miss in
      [miss.path, miss.label, miss.predicted, fixed(miss.loss)]
    }
    return [
      head, scores, confusion(evaluation, present),
      table(["highest loss", "is", "taken for", "loss"], misses),
    ]
    .joined(separator: "\n\n")
  }

  /// Rows are the true classes. Only for as many as a terminal has room for.
  private static func confusion(_ evaluation: Evaluation, _ present: [Int]) -> String {
    guard present.count <= 20 else { return "confusion of \(present.count) classes: see --json" }
    let names = present.map { evaluation.perClass[$0].name }
    let rows = present.map { row in
      [evaluation.perClass[row].name] + present.map { "\(evaluation.confusion[row][$0])" }
    }
    return table(["is \\ taken for"] + names, rows, right: Set(1...max(1, names.count)))
  }
}
