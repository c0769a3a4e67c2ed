import ZooFile
import ZooKeras
import ZooONNX
import ZooSystem

/// `zoo export`: the model of a `.zoo` file for Keras and others.
enum Export: Verb {
  static let synopsis = Synopsis(
    name: "export", arguments: "FILE.zoo",
    summary: "Give the model to ONNX, back to Keras (.keras, .h5), or write its weights alone.",
    details: """
      The ending of OUT decides. A .keras (for Keras 3) and an .h5 (for every Keras) are whole models:
      keras.models.load_model(OUT). An .h5 has the names and the order of the .h5 that the file was converted
      from, else those of Keras 3, and is also taken by model.load_weights(OUT), as .weights.h5 is. In
      .safetensors and .npz the names are 'layer/weight': conv1/kernel. Every tensor is written bit for bit.

      An .onnx is a whole model for ONNX Runtime and others, in float32 or float16. Inputs and outputs are
      called as their layers. Above 2 GB its weights lie beside it, in OUT.data.
      """,
    options: [
      .value(
        .output, short: "-o", "OUT",
        "Where to write, ending in .onnx, .keras, .h5, .weights.h5, .safetensors or .npz."),
      .flag(.withPreprocessing, "The whole model takes RGB pixels 0…255: it begins with preparing them."),
      .value(
        .opset, "N",
        "ONNX: the version of its operators, \(ONNXOpset.known.lowerBound) to \(ONNXOpset.known.upperBound) "
          + "(default: \(ONNXOpset.standard.version))."),
      .value(.batch, "N|dynamic", "ONNX: pictures at a time, or any number (default: dynamic)."),
      .flag(.anySize, "ONNX: pictures of any height and width, for models without Flatten."),
      .value(.layer, "LAYER", "ONNX: the layer whose output is asked for (default: the model's outputs)."),
      .value(.layout, "nchw|nhwc", "ONNX: how pictures and maps lie (default: nchw); Keras' is nhwc."),
      .flag(.half, "ONNX: float16 numbers, inputs and outputs as well."),
      .flag(.keepBatchnorm, "ONNX: leave BatchNormalization as it is, rather than fold it into kernels."),
      .flag(.json, "What was written as JSON."),
    ])

  private struct Report: Encodable {
    var source: String
    var output: String
    var tensors: Int
    var bytes: Int
    var nodes: Int?
    var data: String?
  }

  static func run(_ context: Context) throws {
    let arguments = context.arguments
    let path = try arguments.single("FILE.zoo")
    guard let output = arguments.string(.output) else {
      throw UsageError("the output is missing: -o OUT.keras")
    }
    let isONNX = output.lowercased().hasSuffix(".onnx")
    let options = try isONNX ? onnxOptions(arguments) : nil
    let format = try isONNX ? nil : kerasFormat(output, arguments)
    let file = try context.model(path)
    let bar = context.console.progress("export", total: file.size, unit: .bytes)
    var report = Report(source: file.path, output: output, tensors: file.tensors.count, bytes: 0)
    if let options {
      let written = try file.exportONNX(to: output, options) { bar.advance(by: $0) }
      (report.tensors, report.bytes) = (written.tensors, written.bytes)
      (report.nodes, report.data) = (written.nodes, written.dataPath)
    } else {
      let warnings = try file.export(
        to: output, as: format, withPreprocessing: arguments.has(.withPreprocessing)
      ) { bytes in
        bar.advance(by: bytes)
        report.bytes += bytes
      }
      for warning in warnings { context.console.warn("\(output): \(warning)") }
    }
    bar.finish()
    if arguments.has(.json) { return try context.printJSON(report) }
    let nodes = report.nodes.map { "\($0) nodes, " } ?? ""
    let data = report.data.map { ", the weights in \($0)" } ?? ""
    context.console.report(
      "\(report.source) → \(output): \(nodes)\(report.tensors) tensors, \(report.bytes.grouped) bytes\(data)")
  }

  private static func kerasFormat(_ output: String, _ arguments: Arguments) throws -> ExportFormat {
    let format: ExportFormat
    do throws(FileError) {
      format = try ExportFormat(path: output)
    } catch {
      throw FileError(output, error.reason, advice: error.advice.map { "\($0), .onnx" })
    }
    if let option = arguments.given([.opset, .batch, .layer, .layout], [.anySize, .half, .keepBatchnorm]) {
      throw UsageError("\(option) is for .onnx files, not for \(format.rawValue)")
    }
    return format
  }

  private static func onnxOptions(_ arguments: Arguments) throws(UsageError) -> ONNXOptions {
    var options = ONNXOptions()
    if let version = try arguments.int(.opset, in: ONNXOpset.known), let opset = ONNXOpset(version) {
      options.opset = opset
    }
    if arguments.string(.batch) != "dynamic" {
      options.batch = try arguments.int(.batch, in: 1...65_536)
    }
    options.anySize = arguments.has(.anySize)
    options.layer = arguments.string(.layer)
    options.layout = try arguments.choice(.layout) ?? .nchw
    options.half = arguments.has(.half)
    options.keepsBatchNormalization = arguments.has(.keepBatchnorm)
    options.withPreprocessing = arguments.has(.withPreprocessing)
    return options
  }
}
