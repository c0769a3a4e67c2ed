import ZooFile
import ZooONNX

/// The whole model as ONNX.
public struct ONNXFormat: WholeModelFormat {
  public let ending = ".onnx"
  public let contents = "whole model, for ONNX Runtime, OpenVINO and others"
  /// What ONNX leaves open.
  public var options: ONNXOptions

  /// - Parameter options: what ONNX leaves open.
  public init(_ options: ONNXOptions = ONNXOptions()) {
    self.options = options
  }

  public var withPreprocessing: Bool {
    get { options.withPreprocessing }
    set { options.withPreprocessing = newValue }
  }

  public func write(_ file: ZooFile, to path: String, progress: (Int) -> Void) throws -> ExportReport {
    let written = try file.exportONNX(to: path, options, progress: progress)
    var report = ExportReport(tensors: written.tensors)
    (report.nodes, report.dataPath) = (written.nodes, written.dataPath)
    return report
  }
}
