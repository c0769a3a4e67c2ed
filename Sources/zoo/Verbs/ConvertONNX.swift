import ZooGraph
import ZooKeras
import ZooONNX
import ZooSystem

/// `zoo convert` of an ONNX model.
extension Convert {
  private struct Report: Encodable {
    var source: String
    var output: String
    var producer: String
    var opset: Int
    var inputShape: [Int]
    var preprocessing: String
    var layers: Int
    var parameters: Int
    var bytes: Int
  }

  static func convertONNX(_ path: String, to output: String, _ context: Context) throws {
    let arguments = context.arguments
    for option in ["--base", "--config", "--include-top", "--no-top"] where arguments.isGiven(option) {
      throw UsageError("\(option) is for Keras files, not for .onnx")
    }
    let request = try ImportRequest(arguments)
    let model = try ONNXImport(path, size: request.inputSize)
    if let labels = request.labels, labels.count != model.graph.classOutput(labels: labels.count).classCount {
      throw FileError(
        path, "gives \(model.graph.outputShape) values, but \(labels.count) labels were given",
        advice: "give one label a line, in the order of the classes")
    }
    let preprocessing = request.preprocessing ?? model.preprocessing
    let bar = context.console.progress("convert", total: model.graph.parameterCount * 4, unit: .bytes)
    defer { bar.finish() }
    var report = Report(
      source: path, output: output, producer: model.producer, opset: model.opset,
      inputShape: model.graph.inputShape.dimensions,
      preprocessing: (preprocessing ?? .none).description, layers: model.graph.entries.count,
      parameters: model.graph.parameterCount, bytes: 0)
    try model.write(
      to: output, preprocessing: preprocessing, labels: request.labels, compress: request.compress
    ) { bytes in
      bar.advance(by: bytes)
      report.bytes += bytes
    }
    bar.finish()
    if arguments.has("--json") {
      try context.printJSON(report)
    } else {
      context.console.report(text(report))
    }
    if preprocessing == nil {
      context.console.warn(
        "\(path): the file does not tell how its pixels are prepared: they are left as they are, 0…255; "
          + "--preprocessing torch, unit, tf or caffe if they were not")
    }
  }

  private static func text(_ report: Report) -> String {
    let rows = [
      (
        "written",
        "by \(report.producer.isEmpty ? "an unnamed program" : report.producer), opset \(report.opset)"
      ),
      ("input", Shape(report.inputShape).description), ("pixels", report.preprocessing),
      ("layers", "\(report.layers), \(report.parameters.grouped) parameters"),
    ]
    return "\(report.source) → \(report.output)\n"
      + rows.map { "  \($0.0.padded(to: 9))\($0.1)" }.joined(separator: "\n")
  }
}
