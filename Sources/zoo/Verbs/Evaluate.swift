import ZooEvaluate
import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooSystem

/// `zoo evaluate`: how well a classifier does on a labelled folder.
enum Evaluate: Verb {
  static let synopsis = Synopsis(
    name: "evaluate", arguments: "MODEL DATA",
    summary: "Measure a classifier on labelled pictures: accuracy, per class, confusion, calibration.",
    details: """
      DATA is as for 'zoo train'; its classes are named as the model's. What it holds out is measured (`val`, or
      what its labels.csv says), or else all of it, but no picture that the model was trained on: those are known by
      what is in their files, so one that was saved anew counts as another one. Where no others are left, that is
      said. A model trained with --loss binary is measured class by class.
      """,
    options: [
      .value(
        .labels, "FILE.csv",
        "The classes of the pictures in DATA (default: its labels.csv, or its folders)."),
      .value(
        .threshold, "P", "Probability above which --loss binary's classes count (default: the model's)."),
      .value(.worst, "N", "How many pictures of the highest loss to list (default: 10)."),
      PictureOptions.tta,
    ] + PictureOptions.options + [
      .flag(.json, "As an object, for programs.")
    ])

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    let (model, data) = try arguments.pair("MODEL", "DATA")
    let worst = try arguments.int(.worst, in: 0...100_000) ?? 10
    let reading = try PictureOptions(context)
    let file = try context.model(model)
    let measurement = try measure(file, data, reading, worst: worst, context)
    let isForPrograms = arguments.has(.json)
    if isForPrograms {
      try context.printJSON(Answer(measurement: measurement))
    } else {
      if let augmentation = measurement.augmentation { context.console.note(augmentation.sentence) }
      switch measurement.outcome {
      case .single(let evaluation): context.console.print(text(evaluation, measurement.knowledge))
      case .multi(let evaluation):
        let chosen = context.chosenThresholds(of: file)
        context.console.print(text(evaluation, measurement.knowledge, chosen))
      }
    }
    for picture in measurement.skipped { context.console.warn("skipped: \(picture.reason)") }
  }

  /// Runs the classifier on labelled pictures, with a bar and messages that name both.
  static func measure(
    _ file: ZooFile, _ data: String, _ reading: PictureOptions, worst: Int, sample: Int = 0,
    _ context: Context
  ) throws -> Measurement {
    let thresholds = try context.thresholds(for: file)
    let classifier = try Classifier(
      file, precision: reading.precision, averagedOver: reading.augmentation)
    let labelled = try LabelledPictures(data, labels: context.arguments.string(.labels))
    context.tellWhatIsNotRead(labelled.list)
    let pictures = try MeasuredPictures(labelled, for: file.model)
    let list = pictures.list
    guard !list.classNames.isEmpty else {
      throw Failure("\(data): has no class folders; put each class's pictures into a folder of its name")
    }
    if thresholds == nil, let odd = list.items.first(where: { $0.labels.count != 1 }) {
      throw Failure(
        "\(odd.path): has \(odd.labels.count) classes, but \(file.path) tells one; train with --loss binary")
    }
    if file.model.labels == nil, let first = list.classNames.first, let last = list.classNames.last {
      context.console.note(
        "\(file.path) has no class names: as Keras numbers folders, class 0 is taken for '\(first)', "
          + "class \(list.classNames.count - 1) for '\(last)'")
    }
    let bar = context.console.progress("evaluate", total: list.items.count)
    defer { bar.finish() }
    do {
      let measurement = try Measurement(
        of: classifier, on: pictures, reading.decoding(for: file), thresholds: thresholds, worst: worst,
        sample: sample,
        skipBad: reading.skipBad
      ) { bar.advance(by: $0) }
      bar.finish()
      tellBasis(pictures, context)
      return measurement
    } catch let error as ClassMismatch {
      throw Failure("\(data): \(error); the folders must be named as the classes of \(file.path)")
    }
  }

  /// What is measured with what was measured of it.
  private struct Answer: Encodable {
    var measurement: Measurement

    private enum Keys: String, CodingKey { case knowledge, leftOutAsTrainedOn, exif, tta }

    func encode(to encoder: any Encoder) throws {
      switch measurement.outcome {
      case .single(let evaluation): try evaluation.encode(to: encoder)
      case .multi(let evaluation): try evaluation.encode(to: encoder)
      }
      var values = encoder.container(keyedBy: Keys.self)
      try values.encode(measurement.knowledge, forKey: .knowledge)
      try values.encode(measurement.leftOut, forKey: .leftOutAsTrainedOn)
      try values.encode(measurement.exif, forKey: .exif)
      try values.encodeIfPresent(measurement.augmentation, forKey: .tta)
    }
  }

  /// Which pictures are measured; loudly where the figures would mislead.
  private static func tellBasis(_ pictures: MeasuredPictures, _ context: Context) {
    let sentence = pictures.knowledge.sentence(pictures: pictures.list.items.count, leftOut: pictures.leftOut)
    pictures.knowledge == .trainedOn ? context.console.warn(sentence) : context.console.note(sentence)
  }

  private static func text(
    _ evaluation: Evaluation, _ knowledge: MeasuredPictures.Knowledge
  ) -> String {
    let top5 = evaluation.top5.map { "\n  top-5              \(percent($0))" } ?? ""
    let head = """
      \(evaluation.pictures) pictures (\(knowledge.words)), \(evaluation.perClass.count { $0.support > 0 }) classes
        accuracy           \(percent(evaluation.accuracy))\(top5)
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
