import ZooGraph
import ZooKeras
import ZooONNX
import ZooStore
import ZooSystem

/// `zoo convert`: a Keras file becomes a `.zoo` file.
enum Convert: Verb {
  static let synopsis = Synopsis(
    name: "convert", arguments: "FILE…",
    summary: "Convert Keras files (.h5, .weights.h5, .keras) or .onnx models into .zoo files.",
    details: """
      FILE may be a folder as well: then every model directly in it is converted. Of several files each one that
      cannot be converted is named, and the others are converted all the same.

      A whole model is what its configuration says; weights alone are recognised as those of a known base,
      or take their layers from --config. Every tensor is matched by name and order, and its shape is checked.
      Nothing is skipped in silence: the report says what was applied and what was left over. Of ONNX, image
      networks are read whose operators are Keras' layers, as PyTorch writes them.
      """,
    options: [
      .value(
        .output, short: "-o", "OUT.zoo",
        "Where to write (default: FILE with the ending .zoo); of several files the folder to write into."),
      .value(.base, "BASE", "The base the file must fit, instead of recognising it."),
      .flag(.includeTop, "The file must have its classifier."),
      .flag(.noTop, "Take the network without its classifier, also where the file has one."),
      .value(.inputSize, "N|HxW", "Size of the pictures (default: the file's own, else the base's)."),
      .value(
        .config, "MODEL.json",
        "The architecture of weights that come without, as model.to_json() writes it (default: FILE with the ending .json, if it "
          + "is there)."),
      .value(
        .preprocessing, "none|tf|caffe|torch|unit|SPEC",
        "What the model expects of its pixels (default: the base's, else none). SPEC: mean=M,std=S, of pixels 0…255; "
          + "one number or one per channel, as 123.7:116.8:103.9; 'bgr,' before it turns the channels around."
      ),
      .value(.labels, "FILE", "Class names, one a line (default: ImageNet's for 1000 classes)."),
      .flag(.compress, "Smaller file, slower to open."),
      .flag(.json, "The report as JSON."),
    ])

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    let jobs = try ConvertJob.jobs(arguments)
    guard jobs.count > 1 else { return try convert(jobs[0], context) }
    var failed = 0
    for job in jobs {
      do {
        try convert(job, context)
      } catch let error as UsageError {
        throw error
      } catch {
        Program.tell("\(error)", status: 1, isForPrograms: context.arguments.has(.json))
        failed += 1
      }
    }
    if failed > 0 { throw Failure("\(failed) of \(jobs.count) files could not be converted") }
  }

  private static func convert(_ job: ConvertJob, _ context: Context) throws {
    let (arguments, path, output) = (context.arguments, job.source, job.output)
    try checkOutput(output, isNoneOf: [path, arguments.string(.labels)].compactMap { $0 })
    try checkModelOutput(output)
    if ONNXImport.recognises(path), let option = arguments.given([.base, .config], [.includeTop, .noTop]) {
      throw UsageError("\(option) is for Keras files, not for .onnx")
    }
    let bar = LateBar("convert", context.console)
    defer { bar.finish() }
    let conversion = try ModelConversion(
      of: path, to: output, try ImportRequest(arguments), registry: context.registry, progress: bar.show)
    bar.finish()
    if arguments.has(.json) {
      try context.printJSON(conversion)
    } else {
      switch conversion {
      case .keras(let report): context.console.report(report.text)
      case .onnx(let report): context.console.report(report.text)
      }
    }
    for warning in conversion.warnings { context.console.warn("\(conversion.source): \(warning)") }
  }
}

extension ImportRequest {
  /// From the options that `convert`, `identify` and `fetch` share.
  init(_ arguments: Arguments) throws {
    if arguments.has(.includeTop), arguments.has(.noTop) {
      throw UsageError("--include-top and --no-top contradict each other")
    }
    self.init(
      base: arguments.string(.base),
      includeTop: arguments.has(.includeTop) ? true : arguments.has(.noTop) ? false : nil,
      inputSize: try arguments.size(.inputSize),
      preprocessing: try arguments.parsed(.preprocessing) { try Preprocessing(parsing: $0) },
      config: arguments.string(.config), labels: try arguments.string(.labels).map(Self.labels),
      compress: arguments.has(.compress))
  }

  private static func labels(_ path: String) throws -> [String] {
    try KerasSource.classNames(try InputFile.contents(of: path, limit: 16 << 20), of: path)
  }
}

extension ImportReport {
  /// For people.
  var text: String {
    let size = Shape(inputShape).description
    var rows = [
      (base == nil ? "model" : "base", name + ", " + top),
      ("input", "\(size), \(resolution.rawValue)"),
      ("pixels", "\(preprocessing), \(preprocessingReason.rawValue)"),
      ("layout", layout.rawValue + (kerasVersion.map { ", Keras \($0)" } ?? "")),
      ("applied", "\(applied) tensors, \(parameters.grouped) parameters"),
      ("missing", missing.isEmpty ? "none" : Self.list(missing)),
      ("unused", unused.isEmpty ? "none" : Self.list(unused)),
    ]
    if let sourceSHA256 { rows.append(("SHA-256", "\(sourceSHA256) (of the source)")) }
    let head = output.map { "\(source) → \($0)\n" } ?? "\(source)\n"
    return head + rows.map { "  \($0.0.padded(to: 9))\($0.1)" }.joined(separator: "\n")
  }

  private var top: String {
    guard includeTop, let classes else { return "without top" }
    return (hasOwnHead ? "with a head of its own" : "with top") + " (\(classes.grouped) classes)"
  }

  private static func list(_ tensors: [Tensor]) -> String {
    let names = tensors.prefix(8).map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
    return "\(tensors.count): \(names)" + (tensors.count > 8 ? ", …" : "")
  }
}
