import ZooArrays
import ZooFile
import ZooSystem

/// The weights as NumPy's arrays named `conv1/kernel`.
public struct NpzFormat: ExportFormat {
  public let ending = ".npz"
  public let contents = "weights alone, for NumPy"

  /// There is nothing to choose.
  public init() {}

  public func write(_ file: ZooFile, to path: String, progress: (Int) -> Void) throws -> ExportReport {
    if let tensor = file.tensors.first(where: { $0.type == .bfloat16 }) {
      throw FileError(
        path, "'\(tensor.name)' is of type bfloat16, which NumPy does not have",
        advice: "export to .safetensors or .h5")
    }
    let writer = try NpzWriter(path)
    for (index, tensor) in file.tensors.enumerated() {
      try writer.add(tensor.name, tensor.type, shape: tensor.shape) { array in
        try file.read(index) { piece in
          try array.append(piece)
          progress(piece.count)
        }
      }
    }
    try writer.finish()
    return ExportReport(tensors: file.tensors.count)
  }
}
