import ZooFile
import ZooKeras
import ZooSystem

/// `zoo export`: the weights of a `.zoo` file for Keras and others.
enum Export: Verb {
  static let synopsis = Synopsis(
    name: "export", arguments: "FILE.zoo",
    summary: "Write the weights for Keras (.h5, .weights.h5), or as .safetensors or .npz.",
    details: """
      The ending of OUT decides. Every tensor is written bit for bit. An .h5 has the layers, the names and the
      order of the .h5 that the file was converted from, else those that Keras 3 gives them; load it with
      model.load_weights(OUT). In .safetensors and .npz the names are 'layer/weight': conv1/kernel.
      """,
    options: [
      .value(
        "--output", short: "-o", "OUT", "Where to write, ending in .h5, .weights.h5, .safetensors or .npz."),
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
      throw UsageError("the output is missing: -o OUT.h5")
    }
    let format = try ExportFormat(path: output)
    let file = try context.model(path)
    let bar = context.console.progress("export", total: file.size >> 20)
    var done = 0
    try file.export(to: output, as: format) { bytes in
      bar.advance(by: (done + bytes) >> 20 - done >> 20)
      done += bytes
    }
    bar.finish()
    let report = Report(source: file.path, output: output, tensors: file.tensors.count, bytes: done)
    if arguments.has("--json") { return try context.printJSON(report) }
    context.console.report(
      "\(report.source) → \(output): \(report.tensors) tensors, \(report.bytes.grouped) bytes")
  }
}
