import ZooArrays
import ZooFile

/// The weights as tensors named `conv1/kernel`, in the order of the `.zoo` file, with what is known about the model as
/// metadata.
public struct SafetensorsFormat: ExportFormat {
  public let ending = ".safetensors"
  public let contents = "weights alone, for Hugging Face and others"

  /// There is nothing to choose.
  public init() {}

  public func write(_ file: ZooFile, to path: String, progress: (Int) -> Void) throws -> ExportReport {
    let writer = try SafetensorsWriter(
      path, file.tensors.map { SafetensorsWriter.Tensor($0.name, $0.type, $0.shape) },
      metadata: metadata(of: file))
    for index in file.tensors.indices {
      try file.read(index) { piece in
        try writer.append(piece)
        progress(piece.count)
      }
    }
    try writer.finish()
    return ExportReport(tensors: file.tensors.count)
  }

  private func metadata(of file: ZooFile) -> [String: String] {
    let (model, provenance) = (file.model, file.model.provenance)
    let metadata: [String: String?] = [
      "format": "zoo", "base": model.base, "include_top": model.includeTop ? "true" : "false",
      "preprocessing": model.preprocessing.description, "source": provenance.sourceName,
      "source_sha256": provenance.sourceSHA256,
    ]
    return metadata.compactMapValues { $0 }
  }
}
