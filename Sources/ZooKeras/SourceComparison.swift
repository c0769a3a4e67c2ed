import ZooFile
import ZooHDF5
import ZooPlugin
import ZooSystem

extension ZooFile {
  /// Compares every tensor with the Keras file it was converted from, bit for bit.
  ///
  /// - Returns: the number of tensors compared.
  /// - Throws: `FileError` for the first that differs, or when the file cannot be read or is of another network.
  public func compare(
    withSource source: String, registry: Registry, helper: HDF5Helper = HDF5Helper()
  ) throws -> Int {
    let request = ImportRequest(base: model.base, includeTop: model.includeTop)
    let original = try KerasImport(source, request, registry: registry, helper: helper)
    for weight in original.recognition.match.applied {
      guard let index = index(layer: weight.layer, weight: weight.spec.name) else {
        throw FileError(path, "has no tensor '\(weight.layer)/\(weight.spec.name)', as \(source) has")
      }
      let digest = Digest(.sha256)
      try original.read(weight) { digest.update($0) }
      guard tensors[index].type == weight.type, digest.finish() == digests[index] else {
        throw FileError(
          path, "tensor '\(tensors[index].name)' differs from the one in \(source)",
          advice: "is that the file it was converted from?")
      }
    }
    return original.recognition.match.applied.count
  }
}
