import ZooArrays
import ZooFile
import ZooGraph
import ZooSystem

extension ZooFile {
  /// Tensors named `conv1/kernel`, in the order of this file, with what is known about the model as metadata.
  func exportSafetensors(to path: String, progress: (Int) -> Void) throws {
    let provenance = model.provenance
    let metadata: [String: String?] = [
      "format": "zoo", "base": model.base, "include_top": model.includeTop ? "true" : "false",
      "preprocessing": model.preprocessing.description, "source": provenance.sourceName,
      "source_sha256": provenance.sourceSHA256,
    ]
    let writer = try SafetensorsWriter(
      path, tensors.map { SafetensorsWriter.Tensor($0.name, $0.type, $0.shape) },
      metadata: metadata.compactMapValues { $0 })
    for index in tensors.indices {
      try read(index) { piece in
        try writer.append(piece)
        progress(piece.count)
      }
    }
    try writer.finish()
  }

  /// Arrays named `conv1/kernel`.
  func exportNpz(to path: String, progress: (Int) -> Void) throws {
    if let tensor = tensors.first(where: { $0.type == .bfloat16 }) {
      throw FileError(
        path, "'\(tensor.name)' is of type bfloat16, which NumPy does not have",
        advice: "export to .safetensors or .h5")
    }
    let writer = try NpzWriter(path)
    for (index, tensor) in tensors.enumerated() {
      try writer.add(tensor.name, tensor.type, shape: tensor.shape) { array in
        try read(index) { piece in
          try array.append(piece)
          progress(piece.count)
        }
      }
    }
    try writer.finish()
  }
}
