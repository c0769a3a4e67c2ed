import ZooExport
import ZooFile
import ZooONNX
import ZooSystem

/// `zoo export`: the model of a `.zoo` file for Keras and others.
enum Export: Verb {
  static let synopsis = Synopsis(
    name: "export", arguments: "FILE.zoo",
    summary: "Give the model to other programs: whole to ONNX and Keras, or its weights alone.",
    details: """
      The ending of OUT decides:
      \(ExportFormats.all.map { "  \($0.ending.padded(to: 14))\($0.contents)" }.joined(separator: "\n"))

      A whole model for Keras opens with keras.models.load_model(OUT). An .h5 has the names and the order of the
      .h5 that the file was converted from, else those of Keras 3. In .safetensors and .npz the names are
      'layer/weight': conv1/kernel. Every tensor is written bit for bit.

      An .onnx is in float32 or float16. Inputs and outputs are called as their layers. Above 2 GB its weights lie
      beside it, in OUT.data.
      """,
    options: [
      .value(.output, short: "-o", "OUT.ENDING", "Where to write; the ending decides what."),
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
      throw UsageError("the output is missing: -o OUT\(ExportFormats.all[0].ending)")
    }
    let format = try format(of: output, arguments)
    let file = try context.model(path)
    let bar = context.console.progress("export", total: file.size, unit: .bytes)
    let written = try file.export(to: output, as: format) { bar.advance(by: $0) }
    bar.finish()
    for warning in written.warnings { context.console.warn("\(output): \(warning)") }
    let report = Report(
      source: file.path, output: output, tensors: written.tensors, bytes: written.bytes, nodes: written.nodes,
      data: written.dataPath)
    if arguments.has(.json) { return try context.printJSON(report) }
    let nodes = report.nodes.map { "\($0) nodes, " } ?? ""
    let data = report.data.map { ", the weights in \($0)" } ?? ""
    context.console.report(
      "\(report.source) → \(output): \(nodes)\(report.tensors) tensors, \(report.bytes.grouped) bytes\(data)")
  }

  /// By the output's ending, as the options have it.
  private static func format(of output: String, _ arguments: Arguments) throws -> any ExportFormat {
    var format: any ExportFormat
    do throws(FileError) {
      format = try ExportFormats.format(of: output)
    } catch {
      throw UsageError(error.description)
    }
    if let option = arguments.given([.opset, .batch, .layer, .layout], [.anySize, .half, .keepBatchnorm]) {
      guard format is ONNXFormat else { throw misplaced(option, format) { $0 is ONNXFormat } }
      format = ONNXFormat(try onnxOptions(arguments))
    }
    if arguments.has(.withPreprocessing) {
      guard var whole = format as? any WholeModelFormat else {
        throw misplaced(Flag.withPreprocessing.rawValue, format) { $0 is any WholeModelFormat }
      }
      whole.withPreprocessing = true
      format = whole
    }
    return format
  }

  private static func misplaced(
    _ option: String, _ format: any ExportFormat, _ suits: (any ExportFormat) -> Bool
  ) -> UsageError {
    let suited = ExportFormats.all.filter(suits).map(\.ending).joined(separator: ", ")
    return UsageError("\(option) is for \(suited), not for \(format.ending)")
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
    return options
  }
}
