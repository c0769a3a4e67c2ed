import ZooFile
import ZooKeras
import ZooONNX
import ZooPlugin
import ZooSystem

/// A model that was asked for by name.
public struct OpenedModel: Sendable {
  /// The model.
  public let file: ZooFile
  /// What is to be known about it: what was assumed, or not used.
  public let warnings: [String]
  /// Whether it was converted from a Keras file just now.
  public let wasConverted: Bool
}

extension ModelStore {
  /// Opens a model: a `.zoo` file, the name of a base at hand, or a Keras file, which is converted into the store the
  /// first time.
  ///
  /// - Parameters:
  ///   - registry: the bases, asked for where it takes more than opening a `.zoo` file.
  ///   - progress: of a conversion: the bytes written, and how many there will be.
  /// - Throws: ``StoreError`` for a name that stands for nothing, or a model of another format; `FileError` for what is
  ///   wrong with a file; `CancellationError` in a task that is cancelled.
  public func open(
    _ model: String, registry: () throws -> Registry, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> OpenedModel {
    let path = try resolve(model, registry: registry)
    guard try Self.exists(path) && !ZooFile.isMeant(by: path) else {
      return OpenedModel(file: try ZooFile(path), warnings: [], wasConverted: false)
    }
    guard !ONNXImport.recognises(path), !path.hasSuffix(".json") else {
      throw StoreError.needsConversion(path)
    }
    let target = try self.path(convertedFrom: path)
    guard Self.exists(target) else {
      let conversion = try KerasImport(path, registry: try registry())
      try createFolder(folder + "/converted")
      let total = conversion.byteCount
      var done = 0
      let report = try conversion.write(to: target) { bytes in
        done += bytes
        progress(done, total)
      }
      return OpenedModel(file: try ZooFile(target), warnings: report.warnings, wasConverted: true)
    }
    let file = try ZooFile(target)
    let isAssumed = file.model.preprocessingReason == PreprocessingReason.assumed.rawValue
    return OpenedModel(
      file: file,
      warnings: isAssumed
        ? [
          "does not tell how its pixels are prepared: they are left as they are, 0…255; "
            + "'zoo convert --preprocessing' if they were not"
        ] : [], wasConverted: false)
  }
}
