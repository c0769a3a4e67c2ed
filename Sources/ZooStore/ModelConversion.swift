import ZooKeras
import ZooONNX
import ZooPlugin
import ZooSystem

/// What the conversion of another program's model into a `.zoo` file did.
public enum ModelConversion: Sendable, Encodable {
  /// Of a Keras file.
  case keras(ImportReport)
  /// Of an ONNX model.
  case onnx(ONNXImportReport)

  /// Converts a Keras file, or an ONNX model by the ending of its name.
  ///
  /// - Parameters:
  ///   - output: where to write the `.zoo` file.
  ///   - registry: the bases; asked for by Keras files only.
  ///   - progress: the bytes written, and how many there will be.
  /// - Throws: `FileError` when the file cannot be read or is not supported, does not fit what is asked, and when the
  ///   output cannot be written; `CancellationError` in a task that is cancelled. No output file appears then.
  public init(
    of source: String, to output: String, _ request: ImportRequest = ImportRequest(),
    registry: () throws -> Registry, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    var done = 0
    func add(_ bytes: Int, to total: Int) {
      done += bytes
      progress(done, total)
    }
    guard ONNXImport.recognises(source) else {
      let conversion = try KerasImport(source, request, registry: try registry())
      let total = conversion.byteCount
      self = .keras(try conversion.write(to: output) { add($0, to: total) })
      return
    }
    guard request.base == nil, request.config == nil, request.includeTop == nil else {
      throw FileError(
        source, "is an ONNX model, of which no base, top or configuration can be asked",
        advice: "leave them out")
    }
    let model = try ONNXImport(source, size: request.inputSize)
    let total = model.graph.parameterCount * 4
    self = .onnx(
      try model.write(
        to: output, preprocessing: request.preprocessing, labels: request.labels, compress: request.compress
      ) { add($0, to: total) })
  }

  /// The file that was converted.
  public var source: String {
    switch self {
    case .keras(let report): report.source
    case .onnx(let report): report.source
    }
  }

  /// What was assumed or not used.
  public var warnings: [String] {
    switch self {
    case .keras(let report): report.warnings
    case .onnx(let report): report.warnings
    }
  }

  /// As the report itself.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .keras(let report): try report.encode(to: encoder)
    case .onnx(let report): try report.encode(to: encoder)
    }
  }
}
