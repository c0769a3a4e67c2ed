import ZooFile
import ZooKeras
import ZooSystem

/// `zoo export`: the model of a `.zoo` file for Keras and others.
enum Export: Verb {
  static let synopsis = Synopsis(
    name: "export", arguments: "FILE.zoo",
    summary: "Give the model back to Keras (.keras, .h5), or write its weights alone.",
    details: """
      The ending of OUT decides. Every tensor is written bit for bit. A .keras (for Keras 3) and an .h5 (for every
      Keras) are whole models: keras.models.load_model(OUT). An .h5 has the names and the order of the .h5 that
      the file was converted from, else those of Keras 3, and is also taken by model.load_weights(OUT), as
      .weights.h5 is. In .safetensors and .npz the names are 'layer/weight': conv1/kernel.
      """,
    options: [
      .value(
        "--output", short: "-o", "OUT",
        "Where to write, ending in .keras, .h5, .weights.h5, .safetensors or .npz."),
      .flag("--with-preprocessing", "The whole model takes RGB pixels 0…255: its first layer prepares them."),
      .flag("--json", "What was written as JSON."),
    ])

  private struct Report: Encodable {
    var source: String
    var output: String
    var tensors: Int
    var bytes: Int
  }

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    let path = try arguments.single("FILE.zoo")
    guard let output = arguments.string("--output") else {
      throw UsageError("the output is missing: -o OUT.keras")
    }
    let format = try ExportFormat(path: output)
    let file = try context.model(path)
    let bar = context.console.progress("export", total: file.size, unit: .bytes)
    var done = 0
    let warnings = try file.export(
      to: output, as: format, withPreprocessing: arguments.has("--with-preprocessing")
    ) { bytes in
      bar.advance(by: bytes)
      done += bytes
    }
    bar.finish()
    for warning in warnings { context.console.warn("\(output): \(warning)") }
    let report = Report(source: file.path, output: output, tensors: file.tensors.count, bytes: done)
    if arguments.has("--json") { return try context.printJSON(report) }
    context.console.report(
      "\(report.source) → \(output): \(report.tensors) tensors, \(report.bytes.grouped) bytes")
  }
}
